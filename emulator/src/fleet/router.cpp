#include "fleet/router.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace lmi::emulator::fleet {
namespace {

constexpr unsigned word_bits = std::numeric_limits<std::uint64_t>::digits;

}  // namespace

Router::Router(unsigned slots, Routing routing)
    : slots_{slots}, routing_{routing}, levels_(slots + std::size_t{1}), occupied_(slots / word_bits + 1) {}

Router::Seat Router::open(EnvironmentId environment) {
  std::uint32_t index = 0;
  if (unused_.empty()) {
    index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    environments_.emplace_back();
  } else {
    index = unused_.back();
    unused_.pop_back();
  }
  nodes_[index] = Node{.mode = Mode::listed};
  environments_[index] = environment;
  enlist(index);
  return Seat{index};
}

void Router::close(Seat seat) {
  leave_mode(static_cast<std::uint32_t>(seat));
  node(seat).mode = Mode::closed;
}

void Router::forget(Seat seat) {
  close(seat);
  total_ -= node(seat).in_use;
  node(seat).mode = Mode::unused;
  unused_.push_back(static_cast<std::uint32_t>(seat));
}

void Router::block(Seat seat, ThrottleReason reason) {
  Node& blocked = node(seat);
  const auto why = static_cast<std::uint8_t>(reason);
  if (blocked.mode == Mode::closed || (blocked.mode == Mode::blocked && blocked.reason == why)) return;
  leave_mode(static_cast<std::uint32_t>(seat));
  blocked.mode = Mode::blocked;
  blocked.reason = why;
  if (blocked.in_use < slots_) ++blocked_with_a_slot_.at(why);
}

void Router::unblock(Seat seat) {
  if (node(seat).mode != Mode::blocked) return;
  leave_mode(static_cast<std::uint32_t>(seat));
  node(seat).mode = Mode::listed;
  enlist(static_cast<std::uint32_t>(seat));
}

std::variant<EnvironmentId, ThrottleReason> Router::take(std::span<const EnvironmentId> except) {
  const auto index = find_free(except);
  if (!index) return why_none();
  change(*index, nodes_[*index].in_use + 1);
  return environments_[*index];
}

bool Router::release(Seat seat) {
  if (node(seat).in_use == 0) return false;
  change(static_cast<std::uint32_t>(seat), node(seat).in_use - 1);
  return true;
}

/// At the end: of equals, who has been there longest is next.
void Router::enlist(std::uint32_t index) {
  Node& added = nodes_[index];
  Level& level = levels_[added.in_use];
  added.previous = level.last;
  added.next = none;
  (level.last == none ? level.first : nodes_[level.last].next) = index;
  level.last = index;
  occupied_[added.in_use / word_bits] |= std::uint64_t{1} << added.in_use % word_bits;
}

void Router::delist(std::uint32_t index) {
  const Node& removed = nodes_[index];
  Level& level = levels_[removed.in_use];
  (removed.previous == none ? level.first : nodes_[removed.previous].next) = removed.next;
  (removed.next == none ? level.last : nodes_[removed.next].previous) = removed.previous;
  if (level.first == none) {
    occupied_[removed.in_use / word_bits] &= ~(std::uint64_t{1} << removed.in_use % word_bits);
  }
}

void Router::leave_mode(std::uint32_t index) {
  const Node& left = nodes_[index];
  if (left.mode == Mode::listed) delist(index);
  if (left.mode == Mode::blocked && left.in_use < slots_) {
    --blocked_with_a_slot_.at(left.reason);
  }
}

void Router::change(std::uint32_t index, unsigned in_use) {
  Node& changed = nodes_[index];
  leave_mode(index);
  total_ = total_ - changed.in_use + in_use;
  changed.in_use = in_use;
  if (changed.mode == Mode::listed) enlist(index);
  if (changed.mode == Mode::blocked && in_use < slots_) {
    ++blocked_with_a_slot_.at(changed.reason);
  }
}

std::optional<std::uint32_t> Router::find_free(std::span<const EnvironmentId> except) const {
  const auto words = static_cast<unsigned>(occupied_.size());
  for (unsigned i = 0; i < words; ++i) {
    const unsigned word = routing_ == Routing::spread ? i : words - 1 - i;
    // Level `slots_` is the last bit there is: full environments are not looked at.
    std::uint64_t bits = occupied_[word];
    if (word == slots_ / word_bits) bits &= ~(std::uint64_t{1} << slots_ % word_bits);
    while (bits != 0) {
      const auto bit = static_cast<unsigned>(
          routing_ == Routing::spread ? std::countr_zero(bits)
                                      : word_bits - 1 - static_cast<unsigned>(std::countl_zero(bits)));
      if (const auto found = in_level(word * word_bits + bit, except)) return found;
      bits &= ~(std::uint64_t{1} << bit);
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Router::in_level(unsigned level, std::span<const EnvironmentId> except) const {
  for (std::uint32_t index = levels_[level].first; index != none; index = nodes_[index].next) {
    if (except.empty() || std::find(except.begin(), except.end(), environments_[index]) == except.end()) {
      return index;
    }
  }
  return std::nullopt;
}

ThrottleReason Router::why_none() const noexcept {
  // Nobody is blocked for concurrency, so that stays when nobody is blocked at all; of equals the first.
  const auto most = std::max_element(blocked_with_a_slot_.begin(), blocked_with_a_slot_.end());
  return static_cast<ThrottleReason>(most - blocked_with_a_slot_.begin());
}

}  // namespace lmi::emulator::fleet
