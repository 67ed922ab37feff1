#include "api_stub.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace lmi::bench {

namespace {

constexpr std::string_view accepted =
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: "
    "16\r\n\r\n{\"status\":\"OK\"}\n";
constexpr std::string_view registered =
    "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 6a04a5b0-0c8f-4a6e-9f0c-0d6e1a2b3c4d\r\n"
    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // the function went away; its end is noticed where it is read
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// recv() that also says when the kernel got the bytes. Without a stamp, `arrived` stays.
ssize_t receive_stamped(int fd, std::span<char> into, std::chrono::system_clock::time_point& arrived) {
  iovec piece{into.data(), into.size()};
  alignas(cmsghdr) std::array<char, 128> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = ::recvmsg(fd, &message, 0);
  if (n <= 0) return n;
  for (auto* field = CMSG_FIRSTHDR(&message); field != nullptr; field = CMSG_NXTHDR(&message, field)) {
    if (field->cmsg_level != SOL_SOCKET || field->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(field), sizeof stamp);
    arrived = std::chrono::system_clock::time_point{std::chrono::seconds{stamp.tv_sec} +
                                                    std::chrono::nanoseconds{stamp.tv_nsec}};
  }
  return n;
}

std::size_t content_length(std::string_view head) {
  for (const std::string_view name : {"\r\nContent-Length:", "\r\ncontent-length:"}) {
    if (const auto at = head.find(name); at != std::string_view::npos) {
      return std::strtoull(head.data() + at + name.size(), nullptr, 10);
    }
  }
  return 0;
}

}  // namespace

ApiStub::ApiStub() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (epoll_ < 0 || listener_ < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(listener_, 4096) != 0) fail("listen");
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) fail("epoll_ctl");
}

ApiStub::~ApiStub() {
  reset();
  ::close(listener_);
  ::close(epoll_);
}

std::string ApiStub::address() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void ApiStub::reset() {
  while (!connections_.empty()) close_connection(connections_.begin()->first);
  responses_ = errors_ = 0;
  first_poll_ = {};
}

void ApiStub::run_freely(Clock::time_point until, Clock::time_point limit) {
  const auto before = responses_;
  free_running_ = true;
  for (const int fd : std::exchange(waiting_, {})) send_event(fd);
  while (Clock::now() < (responses_ == before ? limit : until)) turn(5);
  free_running_ = false;
}

bool ApiStub::wait_for_polls(std::size_t polls, Clock::time_point limit) {
  while (waiting_.size() < polls && Clock::now() < limit) turn(5);
  return waiting_.size() >= polls;
}

Clock::duration ApiStub::release_all(Clock::time_point limit) {
  const auto started = Clock::now();
  const std::uint64_t goal = responses_ + waiting_.size();
  for (const int fd : std::exchange(waiting_, {})) send_event(fd);
  while (responses_ < goal && Clock::now() < limit) turn(5);
  return responses_ < goal ? Clock::duration{-1} : Clock::now() - started;
}

void ApiStub::turn(int timeout_ms) {
  std::array<epoll_event, 256> events;
  const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < n; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd != listener_) {
      read_from(fd);
      continue;
    }
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (gaps_ != nullptr) ::setsockopt(client, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    epoll_event event{.events = EPOLLIN, .data = {.fd = client}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client, &event) != 0) fail("epoll_ctl");
    connections_[client];
  }
}

void ApiStub::read_from(int fd) {
  std::array<char, 65536> chunk;
  Connection& connection = connections_[fd];
  const ssize_t n = gaps_ == nullptr ? ::recv(fd, chunk.data(), chunk.size(), 0)
                                     : receive_stamped(fd, chunk, connection.arrived);
  if (n <= 0) {
    if (n < 0 && errno == EINTR) return;
    close_connection(fd);
    return;
  }
  connection.in.append(chunk.data(), static_cast<std::size_t>(n));
  serve(fd, connection);
}

void ApiStub::serve(int fd, Connection& connection) {
  for (;;) {
    const auto end = connection.in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::size_t whole = end + 4 + content_length(std::string_view{connection.in}.substr(0, end));
    if (connection.in.size() < whole) return;
    const auto line_end = connection.in.find("\r\n");
    const std::string line = connection.in.substr(0, line_end);
    const std::string body = connection.in.substr(end + 4, whole - end - 4);
    connection.in.erase(0, whole);
    const auto target_start = line.find(' ') + 1;
    answer(fd, connection, line, line.substr(target_start, line.find(' ', target_start) - target_start),
           body);
  }
}

void ApiStub::answer(int fd, Connection& connection, const std::string& head_line, const std::string& target,
                     std::string_view body) {
  if (target.ends_with("/invocation/next")) {
    if (first_poll_ == Clock::time_point{}) first_poll_ = Clock::now();
    if (gaps_ != nullptr && connection.accepted != WallTime{})
      gaps_->push_back(connection.arrived - connection.accepted);
    if (free_running_)
      send_event(fd);
    else
      waiting_.push_back(fd);
  } else if (target.ends_with("/extension/register")) {
    write_all(fd, registered);
  } else if (target.ends_with("/event/next")) {
    // Stays open: no shutdown event comes before the process is told to stop.
  } else {
    if (head_line.starts_with("POST")) ++(target.ends_with("/response") ? responses_ : errors_);
    if (on_answer_) on_answer_(fd, body);
    if (gaps_ != nullptr) connection.accepted = std::chrono::system_clock::now();
    write_all(fd, accepted);
  }
}

void ApiStub::give(int connection, std::string payload) {
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), connection));
  payload_ = std::move(payload);
  send_event(connection);
}

void ApiStub::send_event(int fd) {
  std::array<char, 640> head;
  const auto deadline = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count() +
                        60'000;
  const int n = std::snprintf(
      head.data(), head.size(),
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
      "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012llu\r\n"
      "Lambda-Runtime-Deadline-Ms: %lld\r\n"
      "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n"
      "Lambda-Runtime-Trace-Id: "
      "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
      "Content-Length: %zu\r\n\r\n",
      static_cast<unsigned long long>(++next_id_), static_cast<long long>(deadline), payload_.size());
  out_.assign(head.data(), static_cast<std::size_t>(n));
  out_ += payload_;
  write_all(fd, out_);
}

void ApiStub::close_connection(int fd) {
  ::close(fd);
  connections_.erase(fd);
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), fd), waiting_.end());
}

}  // namespace lmi::bench
