#pragma once

#include "lmi/pool_options.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string_view>

namespace lmi::test {

/// The members of AcquireLimits, to be named in braces. Not inside a co_await expression: see
/// async_acquire().
struct LimitFields {
  SteadyTime deadline = SteadyTime::max();
  std::optional<std::chrono::milliseconds> timeout{};
  std::stop_token stop{};
  std::string_view request_id{};
};

inline AcquireLimits limits(const LimitFields& fields) {
  AcquireLimits limits{fields.deadline};
  limits.timeout = fields.timeout;
  limits.stop = fields.stop;
  limits.request_id = fields.request_id;
  return limits;
}

}  // namespace lmi::test
