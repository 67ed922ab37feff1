#include "control_plane/settling.hpp"

#include <utility>

namespace lmi::emulator::control_plane {

void Settling::after(std::string name, Clock::duration delay, Loop::Task task) {
  waiting_[name] = loop_.after(delay, [this, name, task = std::move(task)] {
    waiting_.erase(name);
    task();
  });
}

}  // namespace lmi::emulator::control_plane
