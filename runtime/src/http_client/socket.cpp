#include "http_client/socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lmi::http_client {
namespace {

IoResult result_of(ssize_t moved, IoStatus when_full) noexcept {
  if (moved >= 0) return {IoStatus::done, static_cast<std::size_t>(moved)};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {when_full};
  return {IoStatus::failed};
}

}  // namespace

std::string system_text(int error) {
  return std::generic_category().message(error);
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

IoResult Socket::write(std::string_view first, std::string_view second) const noexcept {
  // sendmsg does not write through the pointers; its struct is older than const.
  iovec parts[2] = {{const_cast<char*>(first.data()), first.size()},
                    {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return result_of(sent, IoStatus::want_write);
}

IoResult Socket::read(std::span<char> space) const noexcept {
  ssize_t got = 0;
  do {
    got = ::recv(descriptor_, space.data(), space.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {IoStatus::closed};
  return result_of(got, IoStatus::want_read);
}

bool Socket::quiet() const noexcept {
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace lmi::http_client
