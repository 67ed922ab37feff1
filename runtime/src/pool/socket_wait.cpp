#include "pool/socket_wait.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>

namespace lmi::pool {
namespace {

/// For poll(2): rounded up, so that the deadline has passed when it returns. -1: for ever.
int poll_time(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

}  // namespace

SocketWait::SocketWait(SteadyTime deadline, std::stop_token stop)
    : deadline_{deadline}, stop_{std::move(stop)} {
  if (!stop_.stop_possible()) return;
  stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  on_stop_.emplace(stop_, [event = stop_event_] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written =
        ::write(event, &one, sizeof one);  // an eventfd takes a first one always
  });
}

SocketWait::~SocketWait() {
  on_stop_.reset();  // waits for one that runs
  if (stop_event_ >= 0) ::close(stop_event_);
}

Readiness SocketWait::wait(int socket, short events) {
  while (true) {
    if (stop_.stop_requested()) return Readiness::stopped;
    if (std::chrono::steady_clock::now() >= deadline_) return Readiness::timed_out;
    std::array<pollfd, 2> waited{pollfd{socket, events, 0}, pollfd{stop_event_, POLLIN, 0}};  // poll skips -1
    const int ready = ::poll(waited.data(), waited.size(), poll_time(deadline_));
    if (ready < 0 && errno != EINTR) throw std::system_error{errno, std::generic_category(), "poll"};
    if (ready > 0 && waited[0].revents != 0) return Readiness::ready;
  }
}

IdleSocket look_at_idle_socket(int socket) noexcept {
  char byte = 0;
  const auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return IdleSocket::readable;
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return IdleSocket::quiet;
  return IdleSocket::closed;
}

}  // namespace lmi::pool
