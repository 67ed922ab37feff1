#include "logs.hpp"

#include "connect.hpp"
#include "lambda_api.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

namespace lmi::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds poll_time{20};

struct Batch {
  json events = json::array();
  std::uint64_t next = 0;
  bool gap = false;  ///< Lines between the last batch and this one are no longer kept.
};

class LogReader {
 public:
  LogReader(HttpClient& http, const std::string& function) : http_{http}, function_{function} {}

  /// Lines after `after`; waits up to `wait` when there are none yet.
  Result<Batch> read(std::uint64_t after, std::chrono::seconds wait) {
    auto response =
        http_.send({.path = "/_lmi/logs",
                    .query = "function=" + percent_encode(function_) + "&after=" + std::to_string(after) +
                             "&wait=" + std::to_string(wait.count()),
                    .timeout = wait + std::chrono::seconds{30}});
    if (!response) return response.error();
    auto body = json::parse(response->body, nullptr, false);
    if (response->status != 200 || !body.is_object() || !body.contains("events") || !body.contains("next")) {
      return Failure{ExitCode::failed, http_.endpoint().url() + " does not serve logs",
                     "only the emulator does (`lmi up`); on AWS use: aws logs tail /aws/lambda/" + function_};
    }
    Batch batch;
    batch.events = std::move(body["events"]);
    batch.next = body["next"].get<std::uint64_t>();
    batch.gap = body.value("gap", false);
    return batch;
  }

 private:
  HttpClient& http_;
  const std::string& function_;
};

void print(const Batch& batch, OutputFormat format) {
  if (batch.gap) std::cerr << "(older lines are no longer kept)\n";
  for (const auto& event : batch.events) {
    if (format == OutputFormat::json) {
      std::cout << event.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    } else {
      const auto source = event.value("source", "");
      std::cout << event.value("time", "") << "  " << event.value("environment", "") << "  "
                << (source == "function" ? "" : source + ": ") << event.value("line", "") << '\n';
    }
  }
  std::cout.flush();
}

/// True when the endpoint knows the function: no lines is then an answer, not a mistyped name.
Result<void> check_function(HttpClient& http, const std::string& name) {
  auto info = LambdaApi{http}.get_function(name, "");
  if (!info) return info.error();
  return {};
}

}  // namespace

Result<void> logs(const LogsOptions& options) {
  auto http = connect(options.connection);
  if (!http) return http.error();
  const bool is_log_group = options.is_log_group || options.function.find('/') != std::string::npos;
  if (!is_log_group) {
    if (auto known = check_function(**http, options.function); !known) return known.error();
  }

  LogReader reader{**http, options.function};
  auto batch = reader.read(0, {});
  if (!batch) return batch.error();
  if (!options.follow || options.since_start) print(*batch, options.connection.output);
  while (options.follow && std::cout) {
    batch = reader.read(batch->next, poll_time);
    if (!batch) return batch.error();
    print(*batch, options.connection.output);
  }
  return {};
}

}  // namespace lmi::cli
