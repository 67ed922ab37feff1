#include "transport/connection.hpp"

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

namespace lmi::transport {
namespace {

std::error_code last_error() {
  return {errno, std::system_category()};
}

/// As poll() takes it: -1 is for ever.
int milliseconds_until(std::chrono::steady_clock::time_point until) {
  if (until == std::chrono::steady_clock::time_point::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

/// What poll() found; timed_out when it found nothing by then.
std::error_code wait_for(pollfd& what, std::chrono::steady_clock::time_point until) {
  int ready = 0;
  while ((ready = ::poll(&what, 1, milliseconds_until(until))) < 0)
    if (errno != EINTR) return last_error();
  return ready == 0 ? std::make_error_code(std::errc::timed_out) : std::error_code{};
}

/// connect() that is interrupted by a signal goes on in the background; its result is then read from the
/// socket.
std::error_code finish_connect(int descriptor, std::chrono::steady_clock::time_point until) {
  pollfd writable{.fd = descriptor, .events = POLLOUT, .revents = 0};
  if (const auto failure = wait_for(writable, until)) return failure;
  int failure = 0;
  socklen_t length = sizeof failure;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) != 0) return last_error();
  return {failure, std::system_category()};
}

/// connect() then gives up by itself, with EINPROGRESS (socket(7)). send() and receive() do not need it.
void limit_connect(int descriptor, std::chrono::steady_clock::time_point until) {
  const auto limit = std::max(milliseconds_until(until), 1);  // 0 would be no limit
  const timeval time{.tv_sec = limit / 1000, .tv_usec = static_cast<suseconds_t>(limit % 1000) * 1000};
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

/// Waits until more can be sent. A peer that has something to say, or has gone, before it has everything will
/// not take the rest: it may never read again, and then waiting for room would last for ever.
std::error_code wait_for_room(int descriptor, std::chrono::steady_clock::time_point until) {
  pollfd either{.fd = descriptor, .events = POLLOUT | POLLIN, .revents = 0};
  if (const auto failure = wait_for(either, until)) return failure;
  if ((either.revents & POLLOUT) != 0) return {};
  return std::make_error_code(std::errc::connection_aborted);
}

}  // namespace

void Connection::close() {
  const std::lock_guard lock{mutex_};
  if (descriptor_ < 0) return;
  if (end_for_duplicates_) ::shutdown(descriptor_, SHUT_RDWR);
  ::close(std::exchange(descriptor_, -1));
}

std::error_code Connection::connect() {
  close();
  std::error_code failure;
  const int descriptor = open_socket(*endpoint_, 0, failure);
  if (descriptor < 0) return failure;
  {
    const std::lock_guard lock{mutex_};
    descriptor_ = descriptor;
  }
  if (until_ != Clock::time_point::max()) limit_connect(descriptor, until_);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&endpoint_->address), endpoint_->length) != 0)
    failure = errno == EINTR || errno == EINPROGRESS ? finish_connect(descriptor, until_) : last_error();
  if (!failure && is_connected_to_itself(descriptor))
    failure = std::make_error_code(std::errc::connection_refused);
  {
    // shutdown() does nothing to a socket that is not connected yet: an interrupt() from before shows here.
    const std::lock_guard lock{mutex_};
    if (interrupted_) failure = std::make_error_code(std::errc::operation_canceled);
  }
  if (failure) close();
  return failure;
}

std::error_code Connection::send(const Message& message, std::chrono::steady_clock::time_point until) {
  const auto part = [](std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; };
  std::array<iovec, 3> parts{part(message.head), part(message.body), part(message.tail)};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = !message.tail.empty() ? 3 : !message.body.empty() ? 2 : 1;
  while (header.msg_iovlen > 0) {
    const auto sent = ::sendmsg(descriptor_, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return last_error();
      if (const auto failure = wait_for_room(descriptor_, std::min(until, until_))) return failure;
      continue;
    }
    auto left = static_cast<std::size_t>(sent);
    while (header.msg_iovlen > 0 && left >= header.msg_iov->iov_len) {
      left -= header.msg_iov->iov_len;
      ++header.msg_iov;
      --header.msg_iovlen;
    }
    if (header.msg_iovlen > 0) {
      header.msg_iov->iov_base = static_cast<char*>(header.msg_iov->iov_base) + left;
      header.msg_iov->iov_len -= left;
    }
  }
  return {};
}

std::size_t Connection::receive(std::span<char> space, std::error_code& failure) {
  failure.clear();
  if (until_ != Clock::time_point::max()) {
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    failure = wait_for(readable, until_);
    if (!failure && Clock::now() >= until_) failure = std::make_error_code(std::errc::timed_out);
    if (failure) return 0;
  }
  for (;;) {
    const auto received = ::recv(descriptor_, space.data(), space.size(), 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EINTR) continue;
    failure = last_error();
    return 0;
  }
}

bool Connection::is_stale() const noexcept {
  char byte = 0;
  const auto waiting = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return waiting >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Connection::interrupt() {
  const std::lock_guard lock{mutex_};
  interrupted_ = true;
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
}

void Connection::resume() {
  const std::lock_guard lock{mutex_};
  interrupted_ = false;
}

}  // namespace lmi::transport
