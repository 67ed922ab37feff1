// An external extension that subscribes to telemetry and writes one line for each invocation to its stdout,
// and one about everything when the environment ends.

#include "summary.hpp"

#include <cstdio>
#include <lmi/extension.hpp>
#include <span>

namespace {

/// One write for a line: the function and other extensions write to the same log.
void print(std::string line) {
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int main() {
  Summary summary;
  return lmi::run_extension({
      .on_telemetry =
          [&](std::span<const lmi::TelemetryEvent> events) {
            for (const auto& event : events)
              if (auto line = summary.add(event)) print(*std::move(line));
          },
      // Not TelemetryType::extension: that would bring back every line this program writes.
      .telemetry_options = {.types = {lmi::TelemetryType::platform, lmi::TelemetryType::function},
                            .buffering = {.timeout = std::chrono::milliseconds{100}}},
      .on_shutdown = [&](const lmi::ShutdownEvent&) { print(summary.total()); },
  });
}
