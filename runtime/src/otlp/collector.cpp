#include "otlp/collector.hpp"

#include "otlp/retry_after.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace lmi::otlp {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string last_error(std::string_view what) {
  return std::string{what} + ": " + std::system_category().message(errno);
}

}  // namespace

Collector::Collector(Url url, const std::vector<std::pair<std::string, std::string>>& headers)
    : url_{std::move(url)}, given_up_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (given_up_ < 0) throw std::system_error{errno, std::system_category(), "eventfd"};
  const auto is_v6 = url_.host.find(':') != std::string::npos;
  const auto host = is_v6 ? "[" + url_.host + "]" : url_.host;
  head_.append("POST ").append(url_.target).append(" HTTP/1.1").append(line_end);
  head_.append("Host: ").append(host).append(":").append(std::to_string(url_.port)).append(line_end);
  head_.append("User-Agent: lmi-otlp").append(line_end);
  head_.append("Content-Type: application/json").append(line_end);
  for (const auto& [name, value] : headers) head_.append(name).append(": ").append(value).append(line_end);
  head_.append("Content-Length: ");
}

Collector::~Collector() {
  close();
  ::close(given_up_);
}

void Collector::give_up() noexcept {
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then it is seen already.
  [[maybe_unused]] const auto written = ::write(given_up_, &one, sizeof one);
}

void Collector::close() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

bool Collector::is_stale() const noexcept {
  char byte = 0;
  const auto waiting = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return waiting >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool Collector::wait(short events, Clock::time_point deadline, std::string& failure) const {
  std::array<pollfd, 2> watched{pollfd{.fd = socket_, .events = events, .revents = 0},
                                pollfd{.fd = given_up_, .events = POLLIN, .revents = 0}};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const auto ready = ::poll(watched.data(), watched.size(),
                              static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0 && watched[1].revents == 0) return true;
    failure = ready == 0 ? "no answer in time" : ready > 0 ? "shut down" : last_error("poll");
    return false;
  }
}

bool Collector::connect(Clock::time_point deadline, std::string& failure) {
  close();
  if (!endpoint_) {
    // Collectors listen on IPv4; where localhost also is ::1, that comes first and refuses.
    auto found = transport::resolve(url_.host == "localhost" ? "127.0.0.1" : url_.host, url_.port);
    if (!found) {
      failure = "cannot resolve " + url_.host + ": " + found.error();
      return false;
    }
    endpoint_ = *std::move(found);
  }
  std::error_code no_socket;
  socket_ = transport::open_socket(*endpoint_, SOCK_NONBLOCK, no_socket);
  if (socket_ < 0) {
    failure = "socket: " + no_socket.message();
    return false;
  }
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint_->address);
  if (::connect(socket_, address, endpoint_->length) != 0) {
    if (errno != EINPROGRESS) {
      failure = last_error("connect");
      return false;
    }
    if (!wait(POLLOUT, deadline, failure)) return false;
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
      failure = "connect: " + std::system_category().message(error);
      return false;
    }
  }
  if (!transport::is_connected_to_itself(socket_)) return true;
  failure = "connect: connection refused";
  return false;
}

bool Collector::send(std::string_view text, Clock::time_point deadline, std::string& failure) {
  while (!text.empty()) {
    const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait(POLLOUT, deadline, failure)) return false;
    } else if (errno != EINTR) {
      failure = last_error("send");
      return false;
    }
  }
  return true;
}

bool Collector::receive(Clock::time_point deadline, std::string& failure) {
  using State = wire::ReplyParser::State;
  parser_.start();
  auto state = State::incomplete;
  while (state == State::incomplete) {
    if (!wait(POLLIN, deadline, failure)) return false;
    const auto space = parser_.space();
    const auto received = ::recv(socket_, space.data(), space.size(), 0);
    if (received < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (received < 0) {
      failure = last_error("receive");
      return false;
    }
    state = received > 0 ? parser_.received(static_cast<std::size_t>(received)) : parser_.closed();
  }
  if (state == State::complete) return true;
  failure = parser_.problem();
  return false;
}

CollectorReply Collector::post(std::string_view json, Clock::time_point deadline) {
  CollectorReply result;
  std::string request = head_ + std::to_string(json.size());
  request.append(line_end).append(line_end).append(json);

  const bool connected = (socket_ >= 0 && !is_stale()) || connect(deadline, result.failure);
  if (!connected || !send(request, deadline, result.failure) || !receive(deadline, result.failure)) {
    close();
    return result;
  }
  auto& reply = parser_.reply();
  result.status = reply.status;
  result.retry_after = parse_retry_after(reply.retry_after, std::chrono::system_clock::now());
  result.body = reply.body;
  if (!reply.keep_alive) close();
  return result;
}

}  // namespace lmi::otlp
