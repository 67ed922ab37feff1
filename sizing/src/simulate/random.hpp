#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace lmi::sizing::simulate {

/// What a stream of random numbers is for. Each purpose has a stream of its own, so that two configurations
/// with the same seed meet the same arrivals and the same calls.
enum class Purpose : std::uint64_t {
  arrivals = 1,
  cpu,
  wait,
  overhead,
  initialisation,
  retries,
  sampling,
  fleet,
  faults,
  functions
};

/// A deterministic generator (SplitMix64). Its floating-point results are the same on machines with the same
/// mathematical library.
class Random {
 public:
  Random(std::uint64_t seed, Purpose purpose) noexcept
      // Mixed, not added: states that differ by a multiple of the step give the same numbers, shifted.
      : state_{mixed(mixed(seed) ^ static_cast<std::uint64_t>(purpose))} {}

  std::uint64_t bits() noexcept { return mixed(state_ += 0x9e3779b97f4a7c15U); }

  /// In (0, 1), never an end.
  double uniform() noexcept { return (static_cast<double>(bits() >> 11U) + 0.5) * 0x1p-53; }
  /// With mean 1.
  double exponential() noexcept { return -std::log(uniform()); }
  /// With mean 0 and deviation 1.
  double normal() noexcept {
    const double radius = std::sqrt(2 * exponential());
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  static std::uint64_t mixed(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace lmi::sizing::simulate
