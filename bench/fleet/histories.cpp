#include "unit/fleet/history.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>

// The random histories of tests/unit/fleet in any number: ctest runs a share of them in a debug build, this
// is for the ten thousand in a release build. A history that fails is shrunk and shown; the exit code tells.

int main(int argc, char** argv) {
  using namespace lmi::emulator::fleet::test;
  CLI::App app{"Runs random histories of the fleet and checks every invariant after every step"};
  std::uint64_t first = 1;
  std::uint64_t seeds = 10'000;
  std::size_t length = 60;
  app.add_option("--seed", first, "The first seed")->capture_default_str();
  app.add_option("--seeds", seeds, "How many")->capture_default_str();
  app.add_option("--length", length, "Steps of each history")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const History history = random_history(seed, length);
    const auto violation = violation_of(history);
    if (!violation) continue;
    const History shortest =
        shrink(history, [](const History& shorter) { return violation_of(shorter).has_value(); });
    std::cout << "seed " << seed << ": " << *violation << "\nshrunk to " << shortest.steps.size()
              << " steps, which end in: " << violation_of(shortest).value_or("nothing") << "\n"
              << text(shortest);
    return 1;
  }
  std::cout << seeds << " histories of " << length << " steps from seed " << first
            << ": every invariant held\n";
  return 0;
}
