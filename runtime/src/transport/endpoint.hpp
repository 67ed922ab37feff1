#pragma once

#include <boost/system/result.hpp>

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <system_error>

namespace lmi::transport {

/// Where the Runtime API listens.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string authority;  ///< host:port as a Host header has it.
};

/// Resolves `host` once, at start; an address needs no resolver. The error is getaddrinfo's, in words.
boost::system::result<Endpoint, std::string> resolve(const std::string& host, std::uint16_t port);

/// Opens a TCP socket ready for small messages: close-on-exec, no delay, no time-outs of any kind.
/// `flags` is added to the socket type, e.g. SOCK_NONBLOCK. Returns the descriptor, or -1 with `failure` set.
int open_socket(const Endpoint& endpoint, int flags, std::error_code& failure);

/// A connection to a free port of this machine's own range can meet itself; nobody would ever answer on it.
bool is_connected_to_itself(int descriptor);

}  // namespace lmi::transport
