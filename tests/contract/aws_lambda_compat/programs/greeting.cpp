// The usual shape: a free function for handler, success or failure, logging.
#define AWS_LAMBDA_LOG 1
#include <aws/lambda-runtime/runtime.h>
#include <aws/lambda-runtime/version.h>
#include <aws/logging/logging.h>

#include <iostream>
#include <string>

using namespace aws::lambda_runtime;

static char const TAG[] = "GREETING";

static invocation_response my_handler(invocation_request const& req) {
  aws::logging::log_info(TAG, "%zu bytes, %s left", req.payload.length(),
                         req.get_time_remaining().count() > 0 ? "time" : "no time");
  if (req.payload.length() > 42) {
    aws::logging::log_error(TAG, "too long: %zu", req.payload.length());
    return invocation_response::failure("error message here \"quoted\"", "error_type_here", "");
  }
  return invocation_response::success("hello " + req.payload + " from " + req.function_arn, "text/plain");
}

int main() {
  std::cout << "interface " << get_version() << std::endl;
  run_handler(my_handler);
  std::cout << "main goes on" << std::endl;
  return 0;
}
