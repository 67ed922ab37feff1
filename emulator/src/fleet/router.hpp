#pragma once

#include "fleet/decisions.hpp"
#include "fleet/ids.hpp"
#include "fleet/parameters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace lmi::emulator::fleet {

/// Hands out the slots of one version's environments: the least loaded one first, ties in turn, so that calls
/// spread evenly (lmi-behaviour.md §2.1); or, packing, the fullest one that still has a slot.
///
/// Environments with the same number of calls are one list (a level), and a bitmap tells the levels that are
/// not empty: a decision costs O(1) in the number of environments, and take() adds one step for each
/// exception.
class Router {
 public:
  /// What an environment has here; valid from open() to forget().
  enum class Seat : std::uint32_t {};

  /// `slots`: how many calls one environment may hold.
  Router(unsigned slots, Routing routing);

  /// Opens `environment` for calls.
  Seat open(EnvironmentId environment);
  /// No new calls; the slots it holds stay taken until release() or forget().
  void close(Seat seat);
  /// The environment is gone and its slots with it.
  void forget(Seat seat);
  /// It turns new calls away for `reason` until unblock(): the agent's "try another".
  void block(Seat seat, ThrottleReason reason);
  void unblock(Seat seat);

  /// Takes a slot of an environment not in `except`. When there is none: concurrency, unless an environment
  /// has free slots but is blocked; then the reason that blocks most of those.
  std::variant<EnvironmentId, ThrottleReason> take(std::span<const EnvironmentId> except = {});
  /// Why take() finds nothing, when it does.
  ThrottleReason why_none() const noexcept;
  /// Gives one slot back. Whether there was one to give.
  bool release(Seat seat);

  unsigned in_use(Seat seat) const noexcept { return node(seat).in_use; }
  /// Slots taken of environments that are not forgotten.
  std::uint64_t in_use() const noexcept { return total_; }
  unsigned slots() const noexcept { return slots_; }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  enum class Mode : std::uint8_t { listed, blocked, closed, unused };
  /// Sixteen bytes, without the environment's id: what a decision costs is the memory it has to fetch.
  struct Node {
    std::uint32_t in_use = 0;
    std::uint32_t previous = none;
    std::uint32_t next = none;
    Mode mode = Mode::unused;
    std::uint8_t reason = 0;  ///< A ThrottleReason: of a blocked one.
  };
  static_assert(sizeof(Node) == 16);
  struct Level {
    std::uint32_t first = none;
    std::uint32_t last = none;
  };

  Node& node(Seat seat) noexcept { return nodes_[static_cast<std::uint32_t>(seat)]; }
  const Node& node(Seat seat) const noexcept { return nodes_[static_cast<std::uint32_t>(seat)]; }
  void enlist(std::uint32_t index);
  void delist(std::uint32_t index);
  void leave_mode(std::uint32_t index);
  void change(std::uint32_t index, unsigned in_use);
  std::optional<std::uint32_t> find_free(std::span<const EnvironmentId> except) const;
  std::optional<std::uint32_t> in_level(unsigned level, std::span<const EnvironmentId> except) const;

  unsigned slots_;
  Routing routing_;
  std::vector<Node> nodes_;
  std::vector<EnvironmentId> environments_;  // of the nodes
  std::vector<std::uint32_t> unused_;
  std::vector<Level> levels_;                           // by calls held, 0 … slots_
  std::vector<std::uint64_t> occupied_;                 // bitmap of the levels that are not empty
  std::array<std::uint64_t, 4> blocked_with_a_slot_{};  // by ThrottleReason
  std::uint64_t total_ = 0;
};

}  // namespace lmi::emulator::fleet
