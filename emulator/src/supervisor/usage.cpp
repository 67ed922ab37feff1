#include "supervisor/usage.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace lmi::emulator::supervisor {
namespace {

struct ProcessUsage {
  int session = 0;
  Usage usage;
};

/// A line of /proc/PID/stat, see proc(5). The second field is a name in parentheses that may itself hold
/// spaces and parentheses, so counting begins after the last one.
std::optional<ProcessUsage> parse_stat(const std::string& line) {
  const auto end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields{line.substr(end_of_name + 1)};
  std::string state;
  fields >> state;
  // Fields 4 to 24 by proc(5)'s count: numbers all.
  constexpr std::size_t session = 6 - 4;
  constexpr std::size_t first_time = 14 - 4;  // utime, stime, cutime, cstime
  constexpr std::size_t resident_pages = 24 - 4;
  std::array<std::int64_t, resident_pages + 1> numbers{};
  for (std::int64_t& number : numbers) fields >> number;
  if (!fields) return std::nullopt;

  std::int64_t ticks = 0;
  for (std::size_t i = first_time; i < first_time + 4; ++i) ticks += numbers[i];
  ProcessUsage process;
  process.session = static_cast<int>(numbers[session]);
  process.usage.cpu = std::chrono::microseconds{ticks * 1'000'000 / sysconf(_SC_CLK_TCK)};
  process.usage.resident_bytes =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, numbers[resident_pages]) * sysconf(_SC_PAGESIZE));
  return process;
}

bool names_a_process(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::map<int, Usage> usage_of_sessions(std::span<const int> leaders) {
  std::map<int, Usage> usage;
  std::error_code error;
  // Processes come and go while this looks; what cannot be read any more is not there any more.
  std::filesystem::directory_iterator next{"/proc", error};
  for (; !error && next != std::filesystem::directory_iterator{}; next.increment(error)) {
    if (!names_a_process(next->path().filename().string())) continue;
    std::ifstream file{next->path() / "stat"};
    std::string line;
    if (!std::getline(file, line)) continue;
    const auto process = parse_stat(line);
    if (!process || std::find(leaders.begin(), leaders.end(), process->session) == leaders.end()) continue;
    Usage& sum = usage[process->session];
    sum.cpu += process->usage.cpu;
    sum.resident_bytes += process->usage.resident_bytes;
  }
  return usage;
}

}  // namespace lmi::emulator::supervisor
