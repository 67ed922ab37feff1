#include "lmi/pool_options.hpp"

namespace lmi {

std::string_view name(PoolErrc code) noexcept {
  switch (code) {
    case PoolErrc::timed_out: return "PoolTimedOut";
    case PoolErrc::queue_full: return "PoolQueueFull";
    case PoolErrc::closed: return "PoolClosed";
    case PoolErrc::unhealthy: return "PoolUnhealthy";
    case PoolErrc::stopped: break;
  }
  return "PoolStopped";
}

Error PoolError::to_error() const {
  return {.type = std::string{name(code)}, .message = message};
}

void throw_exception_from_error(const PoolError& error, const boost::source_location& /*where*/) {
  throw error.to_error();
}

AcquireLimits AcquireLimits::within(std::chrono::milliseconds time) {
  AcquireLimits limits;
  limits.timeout = time;
  return limits;
}

AcquireLimits AcquireLimits::of(const Context& context) {
  AcquireLimits limits{context.deadline()};
  limits.stop = context.stop_token();
  limits.request_id = context.request_id();
  return limits;
}

}  // namespace lmi
