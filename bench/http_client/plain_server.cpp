#include "bench/http_client/plain_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace lmi::bench {
namespace {

void serve(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::string reply =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x');
  std::string request;
  char chunk[4096];
  for (ssize_t got = 0; (got = ::recv(socket, chunk, sizeof chunk, 0)) > 0;) {
    request.append(chunk, static_cast<std::size_t>(got));
    if (!request.ends_with("\r\n\r\n")) continue;
    request.clear();
    if (::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) break;
  }
  ::close(socket);
}

[[noreturn]] void accept_all(int listener) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) ::_exit(1);
    std::thread{serve, socket}.detach();
  }
}

}  // namespace

PlainServer::PlainServer() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0 || ::listen(listener, 128) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    throw std::system_error{errno, std::generic_category(), "listening"};
  }
  port_ = ntohs(address.sin_port);
  process_ = ::fork();
  if (process_ == 0) accept_all(listener);
  ::close(listener);
  if (process_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
}

PlainServer::~PlainServer() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace lmi::bench
