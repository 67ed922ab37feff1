#include "entry/worker_connections.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace lmi::entry {

transport::DescriptorSender WorkerConnections::begin() {
  auto [sender, receiver] = transport::make_descriptor_channel();
  incoming_ = std::move(receiver);
  return std::move(sender);
}

bool WorkerConnections::take() noexcept {
  bool all = true;
  while (const auto received = incoming_.receive()) {
    if (received->descriptor < 0) {
      all = false;
      continue;
    }
    const bool known = received->tag < duplicates_.size();
    const int old =
        known ? std::exchange(duplicates_[received->tag], received->descriptor) : received->descriptor;
    if (old >= 0) ::close(old);  // its owner has ended that connection
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
