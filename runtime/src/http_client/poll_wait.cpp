#include "http_client/poll_wait.hpp"

#include <poll.h>

#include <cerrno>
#include <ctime>

namespace lmi::http_client {

bool wait_for(const Socket& socket, IoStatus wanted, SteadyTime until) {
  pollfd watched{.fd = socket.descriptor(),
                 .events = static_cast<short>(wanted == IoStatus::want_write ? POLLOUT : POLLIN),
                 .revents = 0};
  for (;;) {
    timespec left{};
    timespec* limit = nullptr;
    if (until != SteadyTime::max()) {
      const auto wait = std::max(until - std::chrono::steady_clock::now(), SteadyTime::duration::zero());
      const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
      left.tv_sec = static_cast<time_t>(seconds.count());
      left.tv_nsec = static_cast<long>(std::chrono::nanoseconds{wait - seconds}.count());
      limit = &left;
    }
    const int ready = ::ppoll(&watched, 1, limit, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return true;  // the operation itself will say what is wrong
  }
}

}  // namespace lmi::http_client
