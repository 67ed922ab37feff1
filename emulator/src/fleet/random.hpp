#pragma once

#include "fleet/ids.hpp"

#include <cstdint>

namespace lmi::emulator::fleet {

/// A small deterministic generator (SplitMix64): the same numbers on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_{seed} {}

  /// Evenly from [0, bound). Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31U)) % bound;
  }

  /// `mean` give or take up to `percent` of it, in steps of a thousandth.
  Time around(Time mean, unsigned percent) noexcept {
    const auto spread = static_cast<Time::rep>(percent) * 10;
    if (spread == 0) return mean;
    const auto offset = static_cast<Time::rep>(below(static_cast<std::uint64_t>(2 * spread + 1))) - spread;
    // Divided first where the product could overflow: lifetimes are long, thousandths of them are enough.
    return mean + Time{mean.count() / 1000 * offset + mean.count() % 1000 * offset / 1000};
  }

 private:
  std::uint64_t state_;
};

}  // namespace lmi::emulator::fleet
