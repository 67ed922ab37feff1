#pragma once

#include "simulate/read_scenario.hpp"
#include "simulate/report.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::sizing::simulate {

/// One member of a scenario and the values it shall have.
struct SweepAxis {
  std::string member;  ///< Dotted, e.g. "function.concurrency".
  std::vector<nlohmann::ordered_json> values;
};

/// "concurrency=4..64" (doubling: 4, 8, 16, 32, 64), "concurrency=10..50:10" (by steps), "ratio=2,4,8" (as
/// listed; what is not JSON is a string). Short names: concurrency, ratio, memory, min, max, target, seed;
/// others are the dotted path of a member.
Checked<SweepAxis> parse_axis(std::string_view text);

/// A scenario with some members changed, and what was changed ("concurrency=8 ratio=2").
struct Variant {
  std::string label;
  nlohmann::ordered_json scenario;
};

/// All combinations, the last axis changing fastest.
std::vector<Variant> variants(const nlohmann::ordered_json& scenario, std::span<const SweepAxis> axes);

/// What a configuration has to keep.
struct Criteria {
  double most_throttle_percent = 0;  ///< Of all attempts.
  std::optional<double> p99_ms;
};

struct Ranked {
  std::size_t run;  ///< Its place among the runs.
  bool keeps;       ///< The criteria.
};

/// Those that keep the criteria first, by cost; then the others, by throttles and then cost.
std::vector<Ranked> rank(std::span<const FinishedRun> runs, const Criteria& criteria);

/// The ranking as a table, with the criteria stated.
std::string to_ranking_text(std::span<const FinishedRun> runs, std::span<const Ranked> ranked,
                            const Criteria& criteria);

}  // namespace lmi::sizing::simulate
