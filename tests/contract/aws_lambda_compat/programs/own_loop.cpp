// A program with a loop of its own on the runtime class: two invocations, then the end.
#include <aws/http/response.h>
#include <aws/lambda-runtime/outcome.h>
#include <aws/lambda-runtime/runtime.h>

#include <cstdlib>
#include <string>

using aws::http::response_code;
using namespace aws::lambda_runtime;

int main() {
  const char* api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (api == nullptr) return 2;
  runtime rt("http://" + std::string(api), "own-loop/1.0");
  for (int i = 0; i < 2; ++i) {
    const auto next = rt.get_next();
    if (!next.is_success()) return next.get_failure() == response_code::REQUEST_NOT_MADE ? 3 : 4;
    const invocation_request& request = next.get_result();
    const auto posted =
        request.payload == "fail"
            ? rt.post_failure(request.request_id, invocation_response::failure("no", "NotToday", ""))
            : rt.post_success(request.request_id,
                              invocation_response::success(request.payload, "application/octet-stream"));
    if (!posted.is_success() && posted.get_failure() != response_code::GONE) return 5;
  }
  return 0;
}
