#include "entry/worker_connections.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <limits>
#include <utility>

namespace lmi::entry {
namespace {

/// The system gives out the lowest number that is free: while none from here on is kept, so many can be had.
int first_reserved() {
  constexpr int reserve = 32;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > std::numeric_limits<int>::max())
    return std::numeric_limits<int>::max();
  return static_cast<int>(files.rlim_cur) - reserve;
}

}  // namespace

WorkerConnections::WorkerConnections(std::size_t slots)
    : duplicates_(slots, -1), first_reserved_{first_reserved()} {}

transport::DescriptorSender WorkerConnections::begin() {
  auto [sender, receiver] = transport::make_descriptor_channel();
  incoming_ = std::move(receiver);
  return std::move(sender);
}

bool WorkerConnections::take() noexcept {
  bool all = true;
  while (const auto received = incoming_.receive()) {
    const bool known = received->tag < duplicates_.size();
    if (known && duplicates_[received->tag] >= 0)
      ::close(std::exchange(duplicates_[received->tag], -1));  // its owner has ended that connection
    const int descriptor = received->descriptor;
    if (known && descriptor >= 0 && descriptor < first_reserved_) {
      duplicates_[received->tag] = descriptor;
    } else {
      all = false;
      if (descriptor >= 0) ::close(descriptor);
    }
  }
  return all;
}

void WorkerConnections::orphan(invoke::InFlightTable& table, OrphanedPolls& polls) {
  for (std::size_t slot = 0; slot < duplicates_.size(); ++slot) {
    const int descriptor = std::exchange(duplicates_[slot], -1);
    const auto& entry = table.entries()[slot];
    if (!entry.active()) {
      polls.add(descriptor, entry.arrived());
    } else if (descriptor >= 0) {
      ::shutdown(descriptor, SHUT_RDWR);
      ::close(descriptor);
    }
  }
  release();
}

void WorkerConnections::release() noexcept {
  for (auto& descriptor : duplicates_)
    if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
  incoming_ = transport::DescriptorReceiver{-1};
}

}  // namespace lmi::entry
