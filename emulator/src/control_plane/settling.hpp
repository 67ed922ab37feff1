#pragma once

#include "loop/loop.hpp"

#include <map>
#include <string>

namespace lmi::emulator::control_plane {

/// Things that become true a moment after they were asked for, as on AWS.
///
/// Threads:  loop thread.
/// Lifetime: what has not happened when it is destroyed never does.
class Settling {
 public:
  explicit Settling(Loop& loop) : loop_{loop} {}

  /// Runs `task` after `delay`. One that waits under the same name is dropped.
  void after(std::string name, Clock::duration delay, Loop::Task task);

 private:
  Loop& loop_;
  std::map<std::string, Loop::Timer> waiting_;
};

}  // namespace lmi::emulator::control_plane
