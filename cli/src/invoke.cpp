#include "invoke.hpp"

#include "connect.hpp"
#include "lambda_api.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace lmi::cli {
namespace {

/// Longer than the longest function may run: 15 minutes.
constexpr std::chrono::milliseconds longest_call{16 * 60 * 1000};

void print_text(const HttpResponse& response, bool failed) {
  auto& stream = failed ? std::cerr : std::cout;
  if (failed) stream << "function error: ";
  stream << response.body;
  if (response.body.empty() || response.body.back() != '\n') stream << '\n';
  stream.flush();
}

void print_json(const HttpResponse& response, bool failed) {
  auto payload = nlohmann::ordered_json::parse(response.body, nullptr, false);
  nlohmann::ordered_json answer{{"statusCode", response.status},
                                {"executedVersion", response.header("x-amz-executed-version")},
                                {"requestId", response.header("x-amzn-requestid")}};
  if (failed) answer["functionError"] = response.header("x-amz-function-error");
  answer["payload"] = payload.is_discarded() ? nlohmann::ordered_json(response.body) : std::move(payload);
  std::cout << answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << std::endl;
}

}  // namespace

Result<ExitCode> invoke(const InvokeOptions& options) {
  auto payload = read_payload(options.payload);
  if (!payload) return payload.error();
  auto http = connect(options.connection);
  if (!http) return http.error();

  auto response = (*http)->send({.method = "POST",
                                 .path = invoke_path(options.function),
                                 .query = qualifier_query(options.qualifier),
                                 .body = std::move(*payload),
                                 .content_type = "application/json",
                                 .timeout = longest_call});
  if (!response) return response.error();
  if (response->status != 200) return api_failure(*response);

  const bool failed = !response->header("x-amz-function-error").empty();
  options.connection.output == OutputFormat::json ? print_json(*response, failed)
                                                  : print_text(*response, failed);
  return failed ? ExitCode::failed : ExitCode::ok;
}

}  // namespace lmi::cli
