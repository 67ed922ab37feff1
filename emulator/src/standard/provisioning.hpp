#pragma once

#include "standard/parameters.hpp"

#include <map>
#include <optional>
#include <vector>

namespace lmi::emulator::standard {

/// How many environments of each generation are kept ready ahead of calls, and which those are. Pure: the
/// driver starts what is missing and ends what is too much.
///
/// One that cannot initialise, or goes without having had a call, would go again: no other is started then
/// until want() is called anew. One that goes after a call is replaced.
class Provisioning {
 public:
  /// Sets how many there shall be and forgets failures. Returns those that are too many: they are kept no
  /// more, those that are not ready yet first.
  std::vector<EnvironmentId> want(GenerationId generation, unsigned environments);
  /// It has no more calls; nothing is kept for it.
  void end(GenerationId generation);

  /// How many are to be started now.
  unsigned missing(GenerationId generation) const;
  void started(GenerationId generation, EnvironmentId environment);

  // What becomes of an environment; of those that are not kept there is nothing to note.
  void is_ready(EnvironmentId environment);
  void has_call(EnvironmentId environment);
  /// It is no more, or is being ended. Its generation, when it was kept: missing() may have changed.
  std::optional<GenerationId> gone(EnvironmentId environment);

  unsigned ready(GenerationId generation) const;
  bool failed(GenerationId generation) const;

 private:
  struct Kept {
    bool ready = false;
    bool has_served = false;
  };
  struct Share {
    unsigned wanted = 0;
    bool failed = false;
    std::map<EnvironmentId, Kept> kept;
  };
  Kept* find(EnvironmentId environment);

  std::map<GenerationId, Share> shares_;
  std::map<EnvironmentId, GenerationId> generation_of_;
};

}  // namespace lmi::emulator::standard
