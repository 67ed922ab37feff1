#include "supervisor/process_memory.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace lmi::emulator::supervisor {

std::uint64_t peak_memory_bytes(std::string_view status) {
  constexpr std::string_view name = "VmHWM:";  // "VmHWM:\t    1234 kB"
  auto at = status.find(name);
  if (at == std::string_view::npos) return 0;
  at = status.find_first_not_of(" \t", at + name.size());
  if (at == std::string_view::npos) return 0;
  std::uint64_t kilobytes = 0;
  std::from_chars(status.data() + at, status.data() + status.size(), kilobytes);
  return kilobytes * 1024U;
}

std::uint64_t peak_memory_bytes(int pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return peak_memory_bytes(text);
}

}  // namespace lmi::emulator::supervisor
