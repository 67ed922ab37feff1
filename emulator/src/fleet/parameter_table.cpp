#include "fleet/parameter_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace lmi::emulator::fleet {
namespace {

using Duration = Parameters::Duration;
using P = Parameters;

constexpr std::int64_t ms = 1000;
constexpr std::int64_t s = 1000 * ms;
constexpr std::int64_t min = 60 * s;
constexpr std::int64_t h = 60 * min;
constexpr std::int64_t d = 24 * h;

constexpr ParameterInfo table[] = {
    {"instance_launch_delay", &P::instance_launch_delay, 0, 10 * min, Grade::measured,
     "From launching an instance until environments can start on it.",
     "60-120 s: AWS workshop (2026-07); publish to Active 67 s (2026-04-06). The local default is "
     "shortened."},
    {"instance_launch_jitter_percent", &P::instance_launch_jitter_percent, 0, 90, Grade::measured,
     "By how much launch delays differ, both ways.", "The same 60-120 s."},
    {"instance_launch_failure_permille", &P::instance_launch_failure_permille, 0, 1000, Grade::ours,
     "Launches that fail, of a thousand: a fault to inject.",
     "That launches fail now and then is measured (Powertools CI, 2026-08); how often is not known."},
    {"instance_launch_give_up", &P::instance_launch_give_up, 0, h, Grade::measured,
     "After how long a launch that fails is known to have failed.",
     "About 3.5 min: Powertools issue 5735 (2026-08). The local default is shortened."},
    {"instance_launch_retry_delay", &P::instance_launch_retry_delay, 0, h, Grade::ours,
     "From a failed launch to the next try.", "'The system will retry' (AWS system log); when is not said."},
    {"reserved_vcpus", &P::reserved_vcpus, 0, 4, Grade::documented,
     "vCPUs of an instance no environment may use.",
     "AWS pricing calculator for managed instances (2026-03)."},
    {"reserved_memory_mb", &P::reserved_memory_mb, 0, 4096, Grade::documented,
     "Memory of an instance no environment may use, in MiB.",
     "AWS pricing calculator for managed instances (2026-03)."},
    {"zones_per_version", &P::zones_per_version, 1, 16, Grade::measured,
     "Zones a version spreads over at first; others are used when these have no room.",
     "As many instances at start as zones, three at the most (classmethod, 2025-12-26)."},
    {"smallest_usual_vcpus", &P::smallest_usual_vcpus, 1, 192, Grade::measured,
     "Smaller instance types are launched only when nothing else is allowed or fits under the cap.",
     "Three 1-vCPU environments got *.xlarge, never *.large (several reports, 2026)."},
    {"first_burst_overshoot_percent", &P::first_burst_overshoot_percent, 0, 100, Grade::measured,
     "By how much a provider without a running instance may launch beyond MaxVCpuCount.",
     "16 vCPUs started under a cap of 12 (Powertools issue 5735, one observation)."},
    {"idle_instance_grace", &P::idle_instance_grace, 0, d, Grade::inferred,
     "An instance without environments is terminated after this long.",
     "'Typically within a few minutes' (AWS scaling page). The local default is shortened."},
    {"consolidation_interval", &P::consolidation_interval, 0, d, Grade::ours,
     "How often one instance is emptied whose environments fit elsewhere, and a version's zones are "
     "levelled. "
     "0: never.",
     "That environments are consolidated is documented (AWS compute blog, 2026-03-30); how often is not."},
    {"instance_lifetime", &P::instance_lifetime, 0, 30 * d, Grade::inferred,
     "An instance is replaced after this long. 0: never.",
     "About 12 h (AWS skill text, 2026-05); 14 days in older texts; AWS's pages are silent."},
    {"environment_lifetime", &P::environment_lifetime, 0, 30 * d, Grade::inferred,
     "An environment is replaced after this long. 0: never.", "About 4 h (AWS skill text, 2026-05)."},
    {"lifetime_jitter_percent", &P::lifetime_jitter_percent, 0, 90, Grade::ours,
     "By how much lifetimes differ, both ways, so that not all end together.", "AWS is silent."},
    {"rotation_batch_percent", &P::rotation_batch_percent, 1, 100, Grade::ours,
     "Share of a version's environments, and of a provider's instances, replaced at a time; at least one.",
     "AWS is silent."},
    {"rotation_spacing", &P::rotation_spacing, 1 * ms, d, Grade::ours,
     "How long a rotation waits that finds the batch full.", "AWS is silent."},
    {"rotation_patience", &P::rotation_patience, 0, d, Grade::ours,
     "How long an environment waits for its replacement before it goes without one.", "AWS is silent."},
    {"start_attempts", &P::start_attempts, 1, 100, Grade::ours,
     "Starts of one environment that may fail before a version that was never active is given up.",
     "AWS is silent."},
    {"restart_delay", &P::restart_delay, 1 * ms, h, Grade::ours,
     "Wait before the second start after a failure; doubles with each, give or take 20 %.",
     "AWS is silent. Keeps a crash loop from spinning."},
    {"restart_delay_limit", &P::restart_delay_limit, 1 * ms, d, Grade::ours, "The longest such wait.",
     "AWS is silent."},
    {"proven_after", &P::proven_after, 0, d, Grade::ours,
     "An environment that was ready for this long is replaced at once when it dies.", "AWS is silent."},
    {"routing", &P::routing, 0, 0, Grade::measured,
     "Which environment with a free slot gets a call: the least loaded (spread) or the fullest (pack).",
     "Even spread: shinyaz (2026-04-06), Powertools CI. Packing is ours: it finds races sooner."},
    {"hot_cpu_percent", &P::hot_cpu_percent, 1, 1000, Grade::inferred,
     "An instance is heavily used when its environments use this much of the vCPUs they may have: they take "
     "no "
     "calls, and a call all of them refuse is a CPU throttle.",
     "That hosts answer 'try another' is documented (AWS scaling page), the threshold is not; throttles "
     "peaked "
     "at 85 % of 8 vCPUs, which is 97 % of the usable 7 (AWS sample, 2026-03)."},
    {"hot_memory_percent", &P::hot_memory_percent, 1, 1000, Grade::ours,
     "An environment that uses this much of its memory takes no calls (memory throttle).",
     "The metric is documented, the threshold is not."},
    {"hot_disk_percent", &P::hot_disk_percent, 1, 1000, Grade::ours,
     "An environment that uses this much of its /tmp takes no calls (disk throttle).",
     "The metric is documented, the threshold is not."},
    {"queue_length", &P::queue_length, 0, 100'000, Grade::documented,
     "Calls of a version that may wait for a slot. 0: none, a call that finds no slot is refused at once.",
     "AWS has no queue (AWS scaling page; 48 of 60 calls served, 12 throttled: AWS workshop)."},
    {"queue_timeout", &P::queue_timeout, 1 * ms, h, Grade::ours, "How long a call may wait in the queue.",
     "AWS has no queue; 10 s is Cloud Run's."},
    {"scaling_policy", &P::scaling_policy, 0, 0, Grade::documented,
     "What decides the number of environments.",
     "CPU and concurrency saturation: AWS scaling page, autumn 2026; CPU alone: its copy of 2025-12. The "
     "others are ours, and never the default."},
    {"scaling_interval", &P::scaling_interval, 100 * ms, h, Grade::ours,
     "How often the number of environments is decided, and load is measured.",
     "AWS is silent; 5 s was Cloud Run's."},
    {"signal_window", &P::signal_window, 100 * ms, h, Grade::ours,
     "Over how long CPU utilisation and concurrency are averaged.", "AWS is silent; 60 s is Knative's."},
    {"auto_cpu_target_percent", &P::auto_cpu_target_percent, 1, 100, Grade::inferred,
     "CPU utilisation of its environments that ScalingMode Auto keeps; Manual has the policy's TargetValue.",
     "'About 50 % headroom' (AWS toolkit); observed 40 (2026-01-01) and 70 (2026-09)."},
    {"concurrency_target_percent", &P::concurrency_target_percent, 1, 100, Grade::inferred,
     "Share of the slots in use that is kept.",
     "That traffic may double within five minutes without throttling (AWS) leaves half of the slots free."},
    {"growth_percent", &P::growth_percent, 1, 100'000, Grade::documented,
     "By how much a version may grow within growth_window; at least by one environment.",
     "Doubling within five minutes (AWS main page); 3 to 16 environments in 15 min (AWS sample)."},
    {"growth_window", &P::growth_window, 1 * s, d, Grade::documented, "See growth_percent.",
     "Five minutes (AWS main page)."},
    {"scale_in_window", &P::scale_in_window, 0, d, Grade::inferred,
     "The number of environments falls only to the largest wanted within this time.",
     "'Deliberately slow and gradual' (AWS troubleshooting page); up to 90 min observed."},
    {"scale_in_interval", &P::scale_in_interval, 0, d, Grade::inferred, "Between two steps down.",
     "The same."},
    {"scale_in_step_percent", &P::scale_in_step_percent, 1, 100, Grade::inferred,
     "The largest step down; at least one environment.", "The same."},
    {"panic_window", &P::panic_window, 100 * ms, h, Grade::ours,
     "Policies maximum_over_drivers and panic_window: over how long the newest demand is taken.",
     "6 s is Knative's."},
    {"panic_threshold_percent", &P::panic_threshold_percent, 101, 10'000, Grade::ours,
     "Policy panic_window: demand of this share of what there is starts a panic.", "200 % is Knative's."},
};

constexpr std::array<std::pair<std::string_view, Routing>, 2> routings{
    {{"spread", Routing::spread}, {"pack", Routing::pack}}};
constexpr std::array<std::pair<std::string_view, ScalingPolicy>, 4> policies{
    {{"cpu_and_concurrency", ScalingPolicy::cpu_and_concurrency},
     {"cpu", ScalingPolicy::cpu},
     {"maximum_over_drivers", ScalingPolicy::maximum_over_drivers},
     {"panic_window", ScalingPolicy::panic_window}}};

constexpr const auto& names_of(Routing) {
  return routings;
}
constexpr const auto& names_of(ScalingPolicy) {
  return policies;
}

constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> units{
    {{"d", d}, {"h", h}, {"min", min}, {"s", s}, {"ms", ms}, {"us", 1}}};

std::string duration_text(std::int64_t microseconds) {
  if (microseconds == 0) return "0s";
  for (const auto& [unit, length] : units) {
    if (microseconds % length == 0) return std::to_string(microseconds / length) + std::string{unit};
  }
  return {};
}

/// A whole number, and what comes after it.
std::optional<std::pair<std::int64_t, std::string_view>> leading_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return std::pair{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<std::int64_t> read_duration(std::string_view text) {
  const auto parts = leading_number(text);
  if (!parts) return std::nullopt;
  const std::string_view unit = parts->second.empty() ? "s" : parts->second;
  for (const auto& [name, length] : units) {
    if (name != unit) continue;
    const std::int64_t limit = std::numeric_limits<std::int64_t>::max() / length;
    if (parts->first > limit || parts->first < -limit) return std::nullopt;
    return parts->first * length;
  }
  return std::nullopt;
}

bool in_range(const ParameterInfo& info, std::optional<std::int64_t> value) {
  return value && *value >= info.least && *value <= info.most;
}

/// Sets one member; false when `text` is not a value it may have.
struct Setter {
  Parameters& parameters;
  const ParameterInfo& info;
  std::string_view text;

  bool operator()(Duration P::*member) const {
    const auto value = read_duration(text);
    if (!in_range(info, value)) return false;
    parameters.*member = Duration{*value};
    return true;
  }
  bool operator()(unsigned P::*member) const {
    const auto parts = leading_number(text);
    if (!parts || !parts->second.empty() || !in_range(info, parts->first)) return false;
    parameters.*member = static_cast<unsigned>(parts->first);
    return true;
  }
  template <class Name>
  bool operator()(Name P::*member) const {
    for (const auto& [name, value] : names_of(Name{})) {
      if (name != text) continue;
      parameters.*member = value;
      return true;
    }
    return false;
  }
};

struct Shower {
  const Parameters& parameters;

  std::string operator()(Duration P::*member) const { return duration_text((parameters.*member).count()); }
  std::string operator()(unsigned P::*member) const { return std::to_string(parameters.*member); }
  template <class Name>
  std::string operator()(Name P::*member) const {
    for (const auto& [name, value] : names_of(Name{})) {
      if (value == parameters.*member) return std::string{name};
    }
    return {};
  }
};

struct RangeShower {
  const ParameterInfo& info;

  std::string operator()(Duration P::*) const {
    return duration_text(info.least) + " to " + duration_text(info.most);
  }
  std::string operator()(unsigned P::*) const {
    return std::to_string(info.least) + " to " + std::to_string(info.most);
  }
  template <class Name>
  std::string operator()(Name P::*) const {
    std::string all;
    for (const auto& [name, value] : names_of(Name{})) all += (all.empty() ? "" : ", ") + std::string{name};
    return all;
  }
};

}  // namespace

std::span<const ParameterInfo> parameter_table() {
  return table;
}

std::string value_text(const Parameters& parameters, const ParameterInfo& info) {
  return std::visit(Shower{parameters}, info.member);
}

std::string range_text(const ParameterInfo& info) {
  return std::visit(RangeShower{info}, info.member);
}

std::string_view name_of(Grade grade) {
  switch (grade) {
    case Grade::documented: return "documented";
    case Grade::measured: return "measured";
    case Grade::inferred: return "inferred";
    case Grade::ours: return "ours";
  }
  return {};
}

std::optional<std::string> set_parameter(Parameters& parameters, std::string_view name,
                                         std::string_view value) {
  const auto* info = std::find_if(std::begin(table), std::end(table),
                                  [&](const ParameterInfo& row) { return row.name == name; });
  if (info == std::end(table)) {
    return "There is no fleet parameter '" + std::string{name} + "'. See: lmi fleet parameters";
  }
  if (std::visit(Setter{parameters, *info, value}, info->member)) return std::nullopt;
  return "Fleet parameter '" + std::string{name} + "' can't be '" + std::string{value} +
         "'. It may be: " + range_text(*info) + ".";
}

std::optional<std::string> inconsistency(const Parameters& parameters) {
  if (parameters.restart_delay_limit < parameters.restart_delay) {
    return "Fleet parameter 'restart_delay_limit' is less than 'restart_delay'.";
  }
  if (parameters.panic_window > parameters.signal_window) {
    return "Fleet parameter 'panic_window' is more than 'signal_window'.";
  }
  return std::nullopt;
}

Parameters Parameters::as_on_aws() {
  Parameters aws;
  aws.instance_launch_delay = std::chrono::seconds{90};
  aws.instance_launch_jitter_percent = 33;
  aws.instance_launch_give_up = std::chrono::seconds{210};
  aws.instance_launch_retry_delay = std::chrono::seconds{10};
  aws.idle_instance_grace = std::chrono::minutes{3};
  return aws;
}

}  // namespace lmi::emulator::fleet
