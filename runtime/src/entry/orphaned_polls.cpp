#include "entry/orphaned_polls.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace lmi::entry {
namespace {

/// For everybody: other processes may hold duplicates.
void end(int descriptor) noexcept {
  if (descriptor < 0) return;
  ::shutdown(descriptor, SHUT_RDWR);
  ::close(descriptor);
}

}  // namespace

OrphanedPolls::~OrphanedPolls() {
  for (const auto& poll : polls_) end(poll.descriptor);
}

void OrphanedPolls::leave_to_parent() noexcept {
  for (const auto& poll : polls_)
    if (poll.descriptor >= 0) ::close(poll.descriptor);
  polls_.clear();
}

void OrphanedPolls::add(int descriptor, std::string_view arrived) {
  if (descriptor < 0 && arrived.empty()) return;
  if (descriptor >= 0) ::shutdown(descriptor, SHUT_WR);
  auto& poll = polls_.emplace_back(Poll{descriptor, std::make_unique<wire::ReplyParser>()});
  poll.parser->start();
  while (!arrived.empty()) {
    const auto space = poll.parser->space();
    const auto part = arrived.substr(0, space.size());
    std::copy(part.begin(), part.end(), space.begin());
    arrived.remove_prefix(part.size());
    if (poll.parser->received(part.size()) != wire::ReplyParser::State::incomplete) return;
  }
}

/// Whether this poll is settled: its header is there, or will never be.
bool OrphanedPolls::receive(Poll& poll) {
  while (!poll.parser->header_complete()) {
    if (poll.descriptor < 0) return true;
    const auto space = poll.parser->space();
    const auto received = ::recv(poll.descriptor, space.data(), space.size(), MSG_DONTWAIT);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == EAGAIN) return false;
    if (received <= 0) return true;
    if (poll.parser->received(static_cast<std::size_t>(received)) == wire::ReplyParser::State::malformed)
      return true;
  }
  return true;
}

std::vector<OrphanedPolls::Event> OrphanedPolls::read() {
  std::vector<Event> events;
  std::erase_if(polls_, [&events](Poll& poll) {
    if (!receive(poll)) return false;
    const auto& reply = poll.parser->reply();
    if (poll.parser->header_complete() && reply.status == 200 && !reply.request_id.empty())
      events.push_back({.request_id = reply.request_id, .invocation_id = reply.invocation_id});
    end(poll.descriptor);
    return true;
  });
  return events;
}

void OrphanedPolls::append_to(std::vector<pollfd>& watched) const {
  for (const auto& poll : polls_) watched.push_back({.fd = poll.descriptor, .events = POLLIN, .revents = 0});
}

}  // namespace lmi::entry
