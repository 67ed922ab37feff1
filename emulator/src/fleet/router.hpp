#pragma once

#include "fleet/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>

namespace lmi::emulator::fleet {

/// Hands out the slots of one version's environments: the least loaded one first, ties in rotation, so that
/// calls spread evenly (lmi-behaviour.md §2.1). Every operation is O(log environments); take() adds the
/// number of exceptions.
class Router {
 public:
  /// `slots`: how many calls one environment may hold.
  explicit Router(unsigned slots) : slots_{slots} {}

  /// Opens `environment` for calls. It was not known before.
  void open(EnvironmentId environment);
  /// No new calls; the slots it holds stay taken until release() or forget().
  void close(EnvironmentId environment);
  /// The environment is gone and its slots with it.
  void forget(EnvironmentId environment);

  /// Takes a slot of an environment not in `except`, or nothing when all others are taken.
  std::optional<EnvironmentId> take(std::span<const EnvironmentId> except = {});
  /// Gives one slot back. Ignored when `environment` is unknown or holds none.
  void release(EnvironmentId environment);

  unsigned in_use(EnvironmentId environment) const;

 private:
  struct Entry {
    unsigned in_use = 0;
    std::uint64_t last_taken =
        0;  ///< Ticket of its newest call: the longest unused of the least loaded is next.
    bool open = true;
  };
  using Rank = std::tuple<unsigned, std::uint64_t, EnvironmentId>;
  static Rank rank(EnvironmentId environment, const Entry& entry) {
    return {entry.in_use, entry.last_taken, environment};
  }

  unsigned slots_;
  std::uint64_t tickets_ = 0;
  std::map<EnvironmentId, Entry> entries_;
  std::set<Rank> open_;
};

}  // namespace lmi::emulator::fleet
