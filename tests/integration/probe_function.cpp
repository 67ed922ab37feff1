// The function under the integration tests: each event says what it shall do.
//
//   {"do":"echo", …}            answers with the event itself
//   {"do":"hold","until":PATH}  answers when PATH exists: the test decides when
//                               ("scratch":true: with a file in its scratch directory meanwhile)
//   {"do":"crash"}              ends the process by SIGABRT
//   {"do":"litter"}             leaves a file in the environment's /tmp
//
// Every answer carries "environment", the log stream of the one that gave it. With the variable PROBE_INIT
// set, initialisation fails with that text.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using nlohmann::json;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return value == nullptr ? "" : value;
}

void hold(const std::filesystem::path& until) {
  while (!std::filesystem::exists(until)) std::this_thread::sleep_for(std::chrono::milliseconds{2});
}

json handle(json event, lmi::Context& context) {
  const std::string what = event.value("do", "echo");
  context.log().info("probe.call do={}", what);
  if (event.value("scratch", false)) std::ofstream{context.scratch() / "file"} << "in use";
  if (what == "hold") hold(event.at("until").get<std::string>());
  if (what == "crash") std::abort();
  if (what == "litter") std::ofstream{std::filesystem::temp_directory_path() / "litter"} << "left here";
  event["environment"] = variable("AWS_LAMBDA_LOG_STREAM_NAME");
  return event;
}

}  // namespace

int main() {
  lmi::RunOptions options;
  options.init = [] {
    if (const std::string text = variable("PROBE_INIT"); !text.empty()) throw std::runtime_error{text};
  };
  return lmi::run(handle, options);
}
