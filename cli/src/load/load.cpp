#include "load/load.hpp"

#include "connect.hpp"
#include "lambda_api.hpp"
#include "load/generator.hpp"
#include "load/payloads.hpp"
#include "load/report.hpp"
#include "sigv4.hpp"
#include "terminal.hpp"

#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>

namespace lmi::cli::load {
namespace {

template <class Duration>
std::chrono::nanoseconds nanoseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration);
}

/// Everything of an Invoke request up to its body.
std::string request_head(const HttpClient& http, const std::string& path, const std::string& query,
                         const std::string& body) {
  const std::string host = http.endpoint().authority();
  std::string head = "POST " + path + (query.empty() ? "" : "?" + query) + " HTTP/1.1\r\nHost: " + host +
                     "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n";
  const SigningScope scope{http.endpoint().region, "lambda", std::chrono::system_clock::now()};
  for (const auto& [name, value] : sign_v4({"POST", host, path, query, body}, scope, http.credentials())) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  return head + "\r\n";
}

/// Writes each answer to a file of its own: "<request>-<payload>.json", or ".error.json" when it failed.
class ResponseSaver {
 public:
  ResponseSaver(std::filesystem::path directory, const Payloads& payloads)
      : directory_{std::move(directory)}, payloads_{payloads} {}

  Result<void> prepare() {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (!error) return {};
    return Failure{ExitCode::usage, "cannot create '" + directory_.string() + "': " + error.message(),
                   "name a directory you may write to: --save-responses DIRECTORY"};
  }

  void save(std::uint64_t request, std::size_t payload, const Answer& answer) {
    std::ostringstream name;
    name << std::setw(8) << std::setfill('0') << request << '-' << payloads_.names[payload]
         << (succeeded(answer) ? ".json" : ".error.json");
    std::ofstream file{directory_ / name.str(), std::ios::binary};
    file.write(answer.body.data(), static_cast<std::streamsize>(answer.body.size()));
    if (!file.flush()) ++unwritten_;
  }

  std::uint64_t unwritten() const noexcept { return unwritten_; }

 private:
  std::filesystem::path directory_;
  const Payloads& payloads_;
  std::uint64_t unwritten_ = 0;
};

Plan make_plan(const LoadOptions& options, const HttpClient& http, Payloads& payloads) {
  Plan plan;
  plan.host = http.endpoint().host;
  plan.port = http.endpoint().port;
  plan.payloads = std::move(payloads.bodies);
  plan.rate = options.rate;
  plan.concurrency = options.concurrency;
  if (options.duration) plan.duration = nanoseconds(*options.duration);
  plan.requests = options.requests;
  plan.warmup = nanoseconds(options.warmup);
  plan.timeout = nanoseconds(options.timeout);
  plan.max_connections = options.max_connections;
  return plan;
}

RunDescription describe(const LoadOptions& options) {
  std::ostringstream pace;
  if (options.rate) {
    pace << *options.rate << "/s";
  } else {
    pace << *options.concurrency << " at a time";
  }
  return {options.function, pace.str(), options.rate.has_value()};
}

/// Before any load: is there an endpoint, and does it have this function? A mistyped name is not a
/// measurement.
Result<void> check(HttpClient& http, const LoadOptions& options) {
  if (http.endpoint().tls) {
    return Failure{ExitCode::usage, "load speaks plain HTTP only",
                   "measure the emulator (http://…); for AWS use a tool that runs next to the function"};
  }
  auto known = LambdaApi{http}.get_function(options.function, options.qualifier);
  if (!known) return known.error();
  return {};
}

}  // namespace

Result<ExitCode> load(const LoadOptions& options) {
  auto payloads = read_payloads(options);
  if (!payloads) return payloads.error();
  auto http = connect(options.connection);
  if (!http) return http.error();
  if (auto fit = check(**http, options); !fit) return fit.error();

  Plan plan = make_plan(options, **http, *payloads);
  const std::string path = invoke_path(options.function);
  const std::string query = qualifier_query(options.qualifier);
  plan.make_head = [&](std::size_t payload) {
    return request_head(**http, path, query, plan.payloads[payload]);
  };

  ProgressLine line;
  ResponseSaver saver{options.save_directory, *payloads};
  Watchers watchers;
  watchers.on_progress = [&](const Progress& progress) { line.update(to_text(progress)); };
  if (!options.save_directory.empty()) {
    if (auto ready = saver.prepare(); !ready) return ready.error();
    watchers.on_answer = [&](std::uint64_t request, std::size_t payload, const Answer& answer) {
      saver.save(request, payload, answer);
    };
  }

  const Outcome outcome = run(plan, watchers);
  line.clear();
  const auto description = describe(options);
  if (options.connection.output == OutputFormat::json) {
    std::cout << to_json(description, outcome) << std::endl;
  } else {
    std::cout << to_text(description, outcome) << std::flush;
  }
  if (saver.unwritten() > 0) {
    return Failure{ExitCode::failed, std::to_string(saver.unwritten()) + " responses could not be written",
                   "is there room in '" + options.save_directory.string() + "'?"};
  }
  return outcome.failed() + outcome.unsent + outcome.unanswered == 0 ? ExitCode::ok : ExitCode::failed;
}

}  // namespace lmi::cli::load
