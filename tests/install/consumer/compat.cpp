#include <aws/lambda-runtime/runtime.h>

using namespace aws::lambda_runtime;

// Nothing of Lambda is around where this is built: run_handler() says so and returns.
int main() {
  run_handler([](invocation_request const& request) {
    return invocation_response::success(request.payload, "application/json");
  });
  return 0;
}
