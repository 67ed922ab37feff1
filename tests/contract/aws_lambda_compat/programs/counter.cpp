// A closure over state that only one thread at a time may touch, as such programs have had until now; and an
// error whose bytes the program writes itself.
#include <aws/lambda-runtime/runtime.h>

#include <functional>
#include <map>
#include <string>

namespace {

struct Cache {
  std::map<std::string, int> seen;
  int calls = 0;
};

aws::lambda_runtime::invocation_response count(aws::lambda_runtime::invocation_request const& request,
                                               Cache& cache) {
  ++cache.calls;
  if (request.payload.find("fail") != std::string::npos)
    return aws::lambda_runtime::invocation_response(
        R"({"errorMessage":"no more","errorType":"CacheFull","stackTrace":["count","main"]})",
        "application/json", false, R"({"working_directory":"/","exceptions":[],"paths":[]})");
  const int times = ++cache.seen[request.payload];
  return aws::lambda_runtime::invocation_response::success(std::to_string(times), "application/json");
}

}  // namespace

int main() {
  Cache cache;
  std::function<aws::lambda_runtime::invocation_response(aws::lambda_runtime::invocation_request const&)>
      handler =
          [&cache](aws::lambda_runtime::invocation_request const& request) { return count(request, cache); };
  aws::lambda_runtime::run_handler(handler);
  return 0;
}
