// The function under the integration tests: each event says what it shall do.
//
//   {"do":"echo", …}            answers with the event itself
//   {"do":"hold","until":PATH}  answers when PATH exists: the test decides when
//                               ("scratch":true: with a file in its scratch directory meanwhile)
//   {"do":"crash"}              ends the process by SIGABRT
//   {"do":"note","in":PATH,…}   appends the event as a line to the file and answers with it
//   {"do":"litter"}             leaves a file in the environment's /tmp
//
// Every answer carries "environment", the log stream of the one that gave it, and "process".
// Overruns are logged ("probe.overrun"). With variables set:
//
//   PROBE_INIT           initialisation fails with that text
//   PROBE_STUCK_STEP     the init step of that name never ends; the one before it, "first", does
//   PROBE_TOKEN          only events with that "token" are let through
//   PROBE_IDEMPOTENT     the handler runs once for each "order"
//   PROBE_PROCESSES      handlers run in so many worker processes
//   PROBE_COROUTINE      the handler is a coroutine
//   PROBE_REPLACE_ABOVE  the environment is given up when more than this share of its slots overruns

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <lmi/async.hpp>
#include <lmi/auth.hpp>
#include <lmi/idempotency.hpp>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace {

using nlohmann::json;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return value == nullptr ? "" : value;
}

void hold(const std::filesystem::path& until) {
  while (!std::filesystem::exists(until)) std::this_thread::sleep_for(std::chrono::milliseconds{2});
}

/// One write, so that many processes can note in one file.
void note(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const auto written = file < 0 ? -1 : ::write(file, line.data(), line.size());
  if (file >= 0) ::close(file);
  if (written != static_cast<ssize_t>(line.size())) throw std::runtime_error{"cannot note in " + path};
}

json handle(json event, lmi::Context& context) {
  const std::string what = event.value("do", "echo");
  context.log().info("probe.call do={}", what);
  if (event.value("scratch", false)) std::ofstream{context.scratch() / "file"} << "in use";
  if (what == "hold") hold(event.at("until").get<std::string>());
  if (what == "crash") std::abort();
  if (what == "note") note(event.at("in").get<std::string>(), event.dump() + "\n");
  if (what == "litter") std::ofstream{std::filesystem::temp_directory_path() / "litter"} << "left here";
  event["environment"] = variable("AWS_LAMBDA_LOG_STREAM_NAME");
  event["process"] = ::getpid();
  return event;
}

lmi::Task<json> handle_coroutine(json event, lmi::Context context) {
  co_return handle(std::move(event), context);
}

}  // namespace

int main() {
  lmi::RunOptions options;
  options.init = [] {
    if (const std::string text = variable("PROBE_INIT"); !text.empty()) throw std::runtime_error{text};
  };
  options.overrun.on_overrun = [](lmi::Context& context) { context.log().info("probe.overrun"); };
  if (const auto share = variable("PROBE_REPLACE_ABOVE"); !share.empty())
    options.overrun.replace_above = std::stod(share);
  if (const auto processes = variable("PROBE_PROCESSES"); !processes.empty()) {
    options.isolation = lmi::Isolation::processes;
    options.processes = static_cast<unsigned>(std::stoul(processes));
  }
  if (const auto step = variable("PROBE_STUCK_STEP"); !step.empty()) {
    options.init_timeout = std::chrono::milliseconds{300};
    options.init_steps = {{"first", [] {}}, {step, [] { std::promise<void>{}.get_future().wait(); }}};
  }

  lmi::Authorize authorize{[](const lmi::RawEvent& event, const lmi::Context&) {
    return json::parse(event.data).value("token", "") == variable("PROBE_TOKEN");
  }};
  lmi::MemoryIdempotencyStore answers;
  lmi::Idempotency idempotency{answers, lmi::key_at("/order")};
  if (!variable("PROBE_TOKEN").empty()) options.middleware.push_back(&authorize);
  if (!variable("PROBE_IDEMPOTENT").empty()) options.middleware.push_back(&idempotency);
  return variable("PROBE_COROUTINE").empty() ? lmi::run(handle, options)
                                             : lmi::run(handle_coroutine, options);
}
