#include "core/backoff.hpp"

#include <algorithm>

namespace lmi::core {
namespace {

constexpr std::chrono::milliseconds first_delay{25};
constexpr std::chrono::milliseconds longest_delay{1000};
constexpr unsigned attempts = 9;

}  // namespace

std::optional<std::chrono::milliseconds> retry_delay(unsigned failures) noexcept {
  if (failures >= attempts) return std::nullopt;
  const auto doublings = failures > 0 ? failures - 1 : 0;
  return std::min(longest_delay, first_delay * (1 << doublings));
}

}  // namespace lmi::core
