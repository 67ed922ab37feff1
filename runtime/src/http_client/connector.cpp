#include "http_client/connector.hpp"

#include "http_client/poll_wait.hpp"
#include "http_client/stop_shutdown.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>

namespace lmi::http_client {
namespace {

HttpCallError error(HttpErrc code, HttpPhase phase, std::string message) {
  return {.code = code, .phase = phase, .message = std::move(message)};
}

}  // namespace

HttpResult<void> Connector::open(Connection& connection, SteadyTime until, const std::stop_token& stop) {
  auto socket = connect(until, stop);
  if (!socket) return socket.error();
  connection.adopt(std::move(*socket));
  if (needs_.tls != nullptr) {
    connection.encrypt(*needs_.tls, needs_.sessions, needs_.origin);
    const auto now = std::chrono::steady_clock::now();
    if (auto done = shake_hands(connection, std::min(until, after(now, needs_.timeouts.tls)), stop); !done) {
      return done;
    }
  }
  return {};
}

HttpResult<Socket> Connector::connect(SteadyTime until, const std::stop_token& stop) {
  phase_ = HttpPhase::resolving;
  const auto start = std::chrono::steady_clock::now();
  const auto addresses =
      needs_.resolver.resolve(std::min(until, after(start, needs_.timeouts.resolve)), stop);
  if (!addresses) return addresses.error();

  phase_ = HttpPhase::connecting;
  const auto end = std::min(until, after(std::chrono::steady_clock::now(), needs_.timeouts.connect));
  HttpResult<Socket> socket = error(HttpErrc::connect_failed, HttpPhase::connecting, "no address");
  auto left = static_cast<int>(addresses->size());
  for (const auto& address : *addresses) {
    const auto now = std::chrono::steady_clock::now();
    socket = connect_to(address, end == SteadyTime::max() ? end : now + (end - now) / left, stop);
    if (socket || stop.stop_requested()) break;
    --left;
  }
  return socket;
}

HttpResult<Socket> Connector::connect_to(const Address& address, SteadyTime until,
                                         const std::stop_token& stop) {
  const auto failed = [&](int reason) {
    return error(HttpErrc::connect_failed, HttpPhase::connecting,
                 "connecting to " + to_string(needs_.origin) + ": " + system_text(reason));
  };
  Socket socket{::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.descriptor() < 0) return failed(errno);
  const int on = 1;  // a request is one write: nothing is won by waiting for more
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0) {
    return socket;
  }
  if (errno != EINPROGRESS) return failed(errno);

  const StopShutdown shut{stop, socket};
  if (!wait_for(socket, IoStatus::want_write, until)) {
    return error(HttpErrc::timed_out, HttpPhase::connecting,
                 "connecting to " + to_string(needs_.origin) + " took too long");
  }
  if (stop.stop_requested()) return failed(ECANCELED);
  int outcome = 0;
  socklen_t size = sizeof outcome;
  if (::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &outcome, &size) != 0) return failed(errno);
  if (outcome != 0) return failed(outcome);
  return socket;
}

HttpResult<void> Connector::shake_hands(Connection& connection, SteadyTime until,
                                        const std::stop_token& stop) {
  phase_ = HttpPhase::handshake;
  const StopShutdown shut{stop, connection.socket()};
  for (;;) {
    const auto result = connection.tls()->handshake();
    if (result.status == IoStatus::done) return {};
    if (result.status == IoStatus::failed || result.status == IoStatus::closed) {
      const auto reason = result.status == IoStatus::failed ? connection.tls()->problem()
                                                            : std::string{"the peer closed the connection"};
      return error(HttpErrc::tls_failed, HttpPhase::handshake,
                   "TLS with " + to_string(needs_.origin) + ": " + reason);
    }
    if (!wait_for(connection.socket(), result.status, until)) {
      return error(HttpErrc::timed_out, HttpPhase::handshake,
                   "the TLS handshake with " + to_string(needs_.origin) + " took too long");
    }
  }
}

}  // namespace lmi::http_client
