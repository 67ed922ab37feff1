#pragma once

#include <cstdint>
#include <random>

namespace lmi::emulator::control_plane {

/// Decides which calls of an alias go to its second version: reproducible from the seed.
///
/// Threads: loop thread.
class WeightedChoice {
 public:
  explicit WeightedChoice(std::uint64_t seed) : engine_{seed} {}

  /// True with the probability `weight`: never for 0, always for 1.
  bool draw(double weight) { return std::generate_canonical<double, 53>(engine_) < weight; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace lmi::emulator::control_plane
