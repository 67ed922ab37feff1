#include "transport/endpoint.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace lmi::transport {

boost::system::result<Endpoint, std::string> resolve(const std::string& host, std::uint16_t port) {
  const addrinfo wanted{.ai_flags = AI_NUMERICSERV,
                        .ai_family = AF_UNSPEC,
                        .ai_socktype = SOCK_STREAM,
                        .ai_protocol = 0,
                        .ai_addrlen = 0,
                        .ai_addr = nullptr,
                        .ai_canonname = nullptr,
                        .ai_next = nullptr};
  addrinfo* answer = nullptr;
  const auto service = std::to_string(port);
  if (const int failure = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &answer); failure != 0)
    return std::string{::gai_strerror(failure)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> first{answer, &::freeaddrinfo};

  Endpoint endpoint;
  std::memcpy(&endpoint.address, first->ai_addr, first->ai_addrlen);
  endpoint.length = first->ai_addrlen;
  const auto is_v6_literal = host.find(':') != std::string::npos;
  endpoint.authority = (is_v6_literal ? "[" + host + "]" : host) + ":" + service;
  return endpoint;
}

int open_socket(const Endpoint& endpoint, int flags, std::error_code& failure) {
  const int descriptor =
      ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, IPPROTO_TCP);
  if (descriptor < 0) {
    failure.assign(errno, std::system_category());
    return -1;
  }
  const int on = 1;
  // Each message is one write; waiting to merge it with another would only delay it.
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

bool is_connected_to_itself(int descriptor) {
  sockaddr_storage here{};
  sockaddr_storage there{};
  socklen_t here_length = sizeof here;
  socklen_t there_length = sizeof there;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&here), &here_length) != 0) return false;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&there), &there_length) != 0) return false;
  return here_length == there_length && std::memcmp(&here, &there, here_length) == 0;
}

}  // namespace lmi::transport
