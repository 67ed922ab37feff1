#include "transport/descriptor_channel.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lmi::transport {
namespace {

/// A tag with room for one descriptor beside it, as the system calls take it.
class Message {
 public:
  explicit Message(std::uint32_t& tag) noexcept : text_{.iov_base = &tag, .iov_len = sizeof tag} {
    header_.msg_iov = &text_;
    header_.msg_iovlen = 1;
    header_.msg_control = attachment_.data();
    header_.msg_controllen = attachment_.size();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  [[nodiscard]] msghdr& header() noexcept { return header_; }

 private:
  iovec text_;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> attachment_{};
  msghdr header_{};
};

}  // namespace

DescriptorSender::~DescriptorSender() {
  if (end_ >= 0) ::close(end_);
}

std::error_code DescriptorSender::send(std::uint32_t tag, int descriptor) const noexcept {
  Message message{tag};
  auto* header = CMSG_FIRSTHDR(&message.header());
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  while (::sendmsg(end_, &message.header(), MSG_NOSIGNAL) < 0)
    if (errno != EINTR) return {errno, std::system_category()};
  return {};
}

DescriptorReceiver& DescriptorReceiver::operator=(DescriptorReceiver&& other) noexcept {
  if (this != &other) {
    close();
    end_ = std::exchange(other.end_, -1);
  }
  return *this;
}

void DescriptorReceiver::close() noexcept {
  if (end_ >= 0) ::close(std::exchange(end_, -1));
}

std::optional<DescriptorReceiver::Received> DescriptorReceiver::receive() noexcept {
  if (end_ < 0) return std::nullopt;
  Received received;
  Message message{received.tag};
  ssize_t bytes = 0;
  while ((bytes = ::recvmsg(end_, &message.header(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0 &&
         errno == EINTR) {
  }
  if (bytes < 0 && errno == EAGAIN) return std::nullopt;
  if (bytes != sizeof received.tag) {
    close();
    return std::nullopt;
  }
  if (const auto* header = CMSG_FIRSTHDR(&message.header());
      header != nullptr && header->cmsg_type == SCM_RIGHTS)
    std::memcpy(&received.descriptor, CMSG_DATA(header), sizeof received.descriptor);
  return received;
}

std::pair<DescriptorSender, DescriptorReceiver> make_descriptor_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error{errno, std::system_category(), "socketpair"};
  constexpr timeval most{.tv_sec = 0, .tv_usec = 50'000};
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  return {DescriptorSender{ends[0]}, DescriptorReceiver{ends[1]}};
}

}  // namespace lmi::transport
