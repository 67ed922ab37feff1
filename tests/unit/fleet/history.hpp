#pragma once

#include "unit/fleet/fleet_world.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::fleet::test {

/// One thing that happens to a fleet. The numbers choose among what there is at that moment (modulo), so that
/// a step has a meaning in every state and a history may lose any of its steps.
struct Step {
  enum class What {
    add_version,
    scale,
    schedule,
    remove_version,
    change_cap,
    instance_runs,
    environment_moves_on,  ///< Becomes ready, or has drained.
    environment_dies,
    instance_dies,
    call,
    end_call,
    cancel,
    report_load,
    pass_a_moment,
    pass_a_while,
    settle,
  };
  What what{};
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

/// A random workload with faults and API calls. Everything follows from `seed`, but for the steps that were
/// taken out.
struct History {
  std::uint64_t seed = 0;
  std::vector<Step> steps;
};

History random_history(std::uint64_t seed, std::size_t length);

/// Runs it, checking every invariant after every step, then calms the world down and checks that everything
/// asked for is there. The first violation; absent: none.
std::optional<std::string> violation_of(const History& history);

/// The decisions it led to.
std::vector<std::string> journal_of(const History& history);

/// Takes steps out as long as `fails` stays true of what remains.
History shrink(History history, const std::function<bool(const History&)>& fails);

/// For people: one step a line.
std::string text(const History& history);

}  // namespace lmi::emulator::fleet::test
