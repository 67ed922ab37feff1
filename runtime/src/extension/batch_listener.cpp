#include "extension/batch_listener.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace lmi::extension {
namespace {

/// The largest batch is 1 MiB of events (buffering.maxBytes) and a little more.
constexpr std::size_t largest_body = 16 * 1024 * 1024;
constexpr int waiting_connections = 64;
/// Out of descriptors: wait for one to be closed rather than spin.
constexpr int accept_pause_ms = 100;

constexpr std::string_view accepted = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view refused =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::system_category(), what};
}

/// The answers fit into any socket's buffer; a peer that cannot take one is of no use.
bool send_all(int descriptor, std::string_view text) {
  return ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(text.size());
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) fail("getsockname");
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

BatchListener::BatchListener(const transport::Endpoint& where, Use use) : use_{std::move(use)} {
  try {
    stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stop_event_ < 0) fail("eventfd");
    std::error_code failure;
    listener_ = transport::open_socket(where, SOCK_NONBLOCK, failure);
    if (failure) throw std::system_error{failure, "socket"};
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&where.address), where.length) != 0) fail("bind");
    if (::listen(listener_, waiting_connections) != 0) fail("listen");
    port_ = port_of(listener_);
    last_event_ = Clock::now();
    thread_ = std::thread{[this] { serve(); }};
  } catch (...) {
    if (listener_ >= 0) ::close(listener_);
    if (stop_event_ >= 0) ::close(stop_event_);
    throw;
  }
}

BatchListener::~BatchListener() {
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then it is awake already.
  [[maybe_unused]] const auto written = ::write(stop_event_, &one, sizeof one);
  thread_.join();
  for (const auto& peer : peers_) ::close(peer.descriptor);
  ::close(listener_);
  ::close(stop_event_);
}

void BatchListener::serve() {
  std::vector<pollfd> watched;
  for (;;) {
    watched.assign({{stop_event_, POLLIN, 0}, {listener_, POLLIN, 0}});
    for (const auto& peer : peers_) watched.push_back({peer.descriptor, POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;  // EINTR; the rest cannot happen
    if (watched[0].revents != 0) return;

    auto peer = peers_.begin();
    for (auto at = watched.begin() + 2; at != watched.end(); ++at) {
      const auto current = peer++;
      if (at->revents != 0 && !read_from(*current)) drop(current);
    }
    if (watched[1].revents != 0) accept_one();
    note_activity(
        std::any_of(peers_.begin(), peers_.end(), [](const auto& each) { return each.parser.started(); }));
  }
}

void BatchListener::accept_one() {
  const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor >= 0) {
    peers_.push_back({descriptor, wire::RequestParser{largest_body}});
  } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
    pollfd stop{stop_event_, POLLIN, 0};
    ::poll(&stop, 1, accept_pause_ms);
  }
}

bool BatchListener::read_from(Peer& peer) {
  using State = wire::RequestParser::State;
  const auto space = peer.parser.space();
  const auto bytes = ::recv(peer.descriptor, space.data(), space.size(), 0);
  if (bytes < 0) return errno == EAGAIN || errno == EINTR;
  if (bytes == 0) {
    if (peer.parser.started()) use_.on_malformed();  // cut short
    return false;
  }
  note_activity(true);
  auto state = peer.parser.received(static_cast<std::size_t>(bytes));
  while (state == State::complete) {
    const bool keep_alive = peer.parser.keep_alive();
    use_.on_body(std::move(peer.parser.body()));
    if (!send_all(peer.descriptor, accepted) || !keep_alive) return false;
    state = peer.parser.next();
  }
  if (state == State::incomplete) return true;
  use_.on_malformed();
  send_all(peer.descriptor, refused);
  return false;
}

void BatchListener::drop(std::list<Peer>::iterator peer) {
  ::close(peer->descriptor);
  peers_.erase(peer);
}

void BatchListener::note_activity(bool busy) {
  {
    const std::lock_guard lock{mutex_};
    busy_ = busy;
    last_event_ = Clock::now();
  }
  changed_.notify_all();
}

bool BatchListener::wait_quiet(Clock::time_point until, std::chrono::milliseconds quiet) {
  std::unique_lock lock{mutex_};
  // From now on: what came before says nothing about what is on its way.
  const auto begun = Clock::now();
  for (;;) {
    const auto now = Clock::now();
    const auto quiet_at = std::max(last_event_, begun) + quiet;
    if (!busy_ && now >= quiet_at) return true;
    if (now >= until) return false;
    if (busy_) {
      changed_.wait_until(lock, until);
    } else {
      changed_.wait_until(lock, std::min(until, quiet_at));
    }
  }
}

}  // namespace lmi::extension
