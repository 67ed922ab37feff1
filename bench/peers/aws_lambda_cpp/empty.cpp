// The empty function on AWS's C++ runtime, for the comparison in bench/.
#include <aws/lambda-runtime/runtime.h>

int main() {
  aws::lambda_runtime::run_handler([](const aws::lambda_runtime::invocation_request&) {
    return aws::lambda_runtime::invocation_response::success("{}", "application/json");
  });
  return 0;
}
