#pragma once

#include <string>

namespace lmi::emulator::supervisor {

/// Shows a child a directory of this host as its /opt, by a mount that only the child and its descendants
/// see. That takes a mount namespace and, without the privilege for one, a user namespace as well, which not
/// every host allows.
///
/// Threads: construction on any; enter() in a forked child that has one thread.
class OptMount {
 public:
  OptMount() = default;
  /// `directory` must exist. Empty: nothing is mounted.
  explicit OptMount(std::string directory);

  /// Makes the mount for the calling process. System calls only. False: not here, nothing has changed but
  /// perhaps the namespaces.
  bool enter() const;

  /// Whether enter() works on this host, found out in a child of its own; `why_not` gets the reason, with
  /// what it means.
  static bool works_here(std::string& why_not);

 private:
  std::string directory_;
  std::string user_map_;
  std::string group_map_;
};

}  // namespace lmi::emulator::supervisor
