#include "model/utc_time.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace lmi::emulator::model {

std::string utc_text(std::chrono::system_clock::time_point time, std::string_view zone) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const auto seconds = static_cast<std::time_t>(whole.count());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>((since_epoch - whole).count()));
  return std::string{date.data()} + fraction.data() + std::string{zone};
}

}  // namespace lmi::emulator::model
