#pragma once

// What programs written for aws-lambda-cpp 0.2.6 (awslabs) include, on lmi::runtime. C++11 is enough to
// include it. Component lmi::aws_lambda_compat.
//
// Not here: <curl/curl.h>, which the original includes without need. A program that uses curl includes it
// itself.

#include "aws/http/response.h"
#include "aws/lambda-runtime/outcome.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

/// Defined by these headers only: a program that is built with both can tell.
#define LMI_AWS_LAMBDA_COMPAT 1

namespace aws {
namespace lambda_runtime {

/// One invocation. Plain values: copying it copies them.
struct invocation_request {
  std::string payload;  ///< As the caller sent it.
  std::string request_id;
  std::string xray_trace_id;     ///< Empty: none. There is no _X_AMZN_TRACE_ID variable.
  std::string client_context;    ///< JSON of the mobile SDK; empty: none.
  std::string cognito_identity;  ///< JSON; empty: none.
  std::string function_arn;      ///< May name a version or an alias.
  std::string content_type;
  std::string tenant_id;  ///< Empty: none.

  /// When the platform stops waiting. 1970 when it did not say.
  std::chrono::time_point<std::chrono::system_clock> deadline;

  /// Until then; zero or less once it has passed.
  std::chrono::milliseconds get_time_remaining() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::system_clock::now());
  }
};

/// What is sent to the platform: bytes, and what they are.
class runtime_response {
 public:
  runtime_response(std::string const& payload, std::string const& content_type,
                   std::string const& xray_response)
      : payload_(payload), content_type_(content_type), xray_response_(xray_response) {}

  std::string const& get_payload() const { return payload_; }
  std::string const& get_content_type() const { return content_type_; }

  /// JSON for Lambda-Runtime-Function-XRay-Error-Cause; empty: none.
  std::string const& get_xray_response() const { return xray_response_; }

 protected:
  runtime_response() = default;

  std::string payload_;
  std::string content_type_;
  std::string xray_response_;
};

/// A handler's answer.
class invocation_response : public runtime_response {
 public:
  /// Full control of the bytes. As a failure, `payload` is what the caller gets, e.g.
  /// {"errorMessage":…,"errorType":…,"stackTrace":[…]}; its errorType is what the platform is told.
  invocation_response(std::string const& payload, std::string const& content_type, bool success,
                      std::string const& xray_response = std::string())
      : runtime_response(payload, content_type, xray_response), success_(success) {}

  static invocation_response success(std::string payload, std::string content_type);

  /// The caller finds both in the payload; the platform is told "Function." and the type in UpperCamelCase
  /// letters, the only form it hands on.
  static invocation_response failure(std::string const& error_message, std::string const& error_type,
                                     std::string const& xray_response = std::string());

  bool is_success() const { return success_; }

 private:
  bool success_;
};

struct no_result {};

/// The Runtime API, call by call, for programs that have a loop of their own.
///
/// Threads:  one at a time for each object; several objects may be used at once.
/// Time:     get_next() waits without limit, everything else for at most 30 s.
/// Errors:   REQUEST_NOT_MADE when there was no reply; else the status.
class runtime {
 public:
  using next_outcome = outcome<invocation_request, aws::http::response_code>;
  using post_outcome = outcome<no_result, aws::http::response_code>;

  /// `endpoint`: "http://" and AWS_LAMBDA_RUNTIME_API.
  runtime(std::string const& endpoint);
  runtime(std::string const& endpoint, std::string const& user_agent);
  ~runtime();
  runtime(runtime const&) = delete;
  runtime& operator=(runtime const&) = delete;

  next_outcome get_next();
  post_outcome post_success(std::string const& request_id, invocation_response const& handler_response);
  post_outcome post_failure(std::string const& request_id, invocation_response const& handler_response);
  post_outcome post_init_error(runtime_response const& init_error_response);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Serves invocations with `handler` until SIGTERM, then returns.
///
/// Threads:  blocks the caller. On Managed Instances as many threads as the environment has slots call
///           `handler`, one at a time: a call that finds another one under way waits for it, in order of
///           arrival, until its deadline. After allow_concurrency() they call it at once.
/// Lifetime: whatever `handler` refers to must outlive the call. When a handler is still under way 275 ms
///           after SIGTERM the process ends with code 0 instead of returning.
/// Errors:   an exception that leaves `handler` fails that invocation, not the process. Returns early when
///           the environment cannot be used or the Runtime API went away; a line on stderr says why.
void run_handler(std::function<invocation_response(invocation_request const&)> const& handler);

/// Says that the handler may be called from several threads at once: run_handler() then uses every slot of
/// the environment. Call before run_handler(), from the program that knows its handler; there is no variable
/// for it, because who deploys a program cannot know.
void allow_concurrency();

}  // namespace lambda_runtime
}  // namespace aws
