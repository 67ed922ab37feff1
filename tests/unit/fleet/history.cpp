#include "unit/fleet/history.hpp"

#include "fleet/random.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <utility>

namespace lmi::emulator::fleet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using What = Step::What;

struct Weight {
  What what;
  unsigned share;
  const char* name;
};
constexpr std::array<Weight, 16> weights{{{What::add_version, 8, "add version"},
                                          {What::scale, 8, "scale"},
                                          {What::schedule, 3, "schedule"},
                                          {What::remove_version, 3, "remove version"},
                                          {What::change_cap, 2, "change cap"},
                                          {What::instance_runs, 10, "instances run"},
                                          {What::environment_moves_on, 18, "environments move on"},
                                          {What::environment_dies, 6, "environment dies"},
                                          {What::instance_dies, 3, "instance dies"},
                                          {What::call, 20, "call"},
                                          {What::end_call, 12, "end call"},
                                          {What::cancel, 2, "cancel"},
                                          {What::report_load, 8, "report load"},
                                          {What::pass_a_moment, 10, "pass a moment"},
                                          {What::pass_a_while, 8, "pass a while"},
                                          {What::settle, 6, "settle"}}};

What pick(Random& random) {
  unsigned sum = 0;
  for (const Weight& weight : weights) sum += weight.share;
  auto point = static_cast<unsigned>(random.below(sum));
  for (const Weight& weight : weights) {
    if (point < weight.share) return weight.what;
    point -= weight.share;
  }
  return What::settle;
}

/// Short lives, so that rotation, consolidation and scale-in all happen within minutes.
Parameters lively(Random& random) {
  Parameters parameters;
  parameters.environment_lifetime = minutes{1 + random.below(4)};
  parameters.instance_lifetime = minutes{2 + random.below(8)};
  parameters.consolidation_interval = seconds{20 + random.below(100)};
  parameters.rotation_spacing = seconds{1 + random.below(10)};
  parameters.rotation_patience = seconds{5 + random.below(60)};
  parameters.growth_window = seconds{30};
  parameters.scale_in_window = seconds{30};
  parameters.scale_in_interval = seconds{20};
  parameters.instance_launch_failure_permille = random.below(3) == 0 ? 200 : 0;
  parameters.queue_length = random.below(3) == 0 ? static_cast<unsigned>(1 + random.below(4)) : 0;
  parameters.routing = random.below(4) == 0 ? Routing::pack : Routing::spread;
  parameters.scaling_policy = static_cast<ScalingPolicy>(random.below(4));
  return parameters;
}

constexpr unsigned roomy = 100'000;

class Run {
 public:
  explicit Run(std::uint64_t seed) : Run{Random{seed}, seed} {}

  void apply(const Step& step) {
    switch (step.what) {
      case What::add_version: add_version(step); break;
      case What::scale: scale(step); break;
      case What::schedule: schedule(step); break;
      case What::remove_version: remove_version(step); break;
      case What::change_cap: change_cap(step); break;
      case What::instance_runs: instances_run(step); break;
      case What::environment_moves_on: environments_move_on(step); break;
      case What::environment_dies: environment_dies(step); break;
      case What::instance_dies: instance_dies(step); break;
      case What::call: call(step); break;
      case What::end_call: end_call(step); break;
      case What::cancel: cancel(step); break;
      case What::report_load: report_load(step); break;
      case What::pass_a_moment: world_.pass(milliseconds{step.a % 2000}); break;
      case What::pass_a_while: world_.pass(milliseconds{step.a % 90'000}); break;
      case What::settle: world_.settle(); break;
    }
  }

  std::optional<std::string> violation() const {
    return world_.violations.empty() ? std::nullopt : std::optional{world_.violations.front()};
  }
  const std::vector<std::string>& journal() const { return world_.journal; }

  /// From any state: calls end, failures stop, there is room. What is not as asked for then.
  std::optional<std::string> calm_down() {
    provider_.max_vcpus = roomy;
    world_.put_provider(provider_);
    end_all_calls();
    world_.report(idle_reports());
    for (auto& [version, min] : wanted_) world_.schedule(version, {});
    world_.live(seconds{30});
    end_all_calls();  // those that had waited
    world_.live(minutes{2});
    if (auto found = violation()) return found;
    if (world_.calls.in_flight + world_.calls.waiting > 0) return "calls are left";
    for (const auto& [id, record] : world_.environments) {
      if (record.stopping) return "an environment drains for ever";
    }
    for (const auto& [version, min] : wanted_) {
      if (auto wrong = wrong_with(version, min)) return wrong;
    }
    return level_zones();
  }

 private:
  Run(Random random, std::uint64_t seed) : parameters_{lively(random)}, world_{parameters_, seed} {
    provider_ = three_zone_provider();
    provider_.zones.resize(1 + random.below(3));
    provider_.max_vcpus = random.below(2) == 0 ? roomy : 12 + static_cast<unsigned>(random.below(30));
    if (random.below(3) == 0) provider_.cpu_target_percent = 10.0 + static_cast<double>(random.below(90));
    world_.put_provider(provider_);
  }

  template <class Container>
  static auto at(Container& container, std::uint64_t index) {
    return std::next(container.begin(), static_cast<std::ptrdiff_t>(index % container.size()));
  }

  /// What shrinking, deaths and rotation left uneven is levelled while nothing happens.
  std::optional<std::string> level_zones() {
    if (parameters_.consolidation_interval == Time{0}) return std::nullopt;
    auto uneven = world_.uneven_zones();
    for (int i = 0; uneven && i < 30; ++i) {
      world_.live(minutes{1});
      if (auto found = violation()) return found;
      uneven = world_.uneven_zones();
    }
    return uneven;
  }

  void add_version(const Step& step) {
    if (wanted_.size() >= 4) return;
    VersionConfig config = version_config(++last_version_, 1 + static_cast<unsigned>(step.a % 5),
                                          1 + static_cast<unsigned>(step.a / 5 % 4));
    config.memory_mb = 2048U << step.b % 3;
    config.gib_per_vcpu = static_cast<double>(2U << step.b / 3 % 2);
    if (step.b % 5 == 0) config.scaling.max_environments = config.scaling.min_environments + 3;
    wanted_[last_version_] = config.scaling.min_environments;
    world_.add_version(std::move(config));
  }

  void scale(const Step& step) {
    if (wanted_.empty()) return;
    auto& [version, min] = *at(wanted_, step.a);
    min = static_cast<unsigned>(step.b % 7);
    world_.schedule(version, {});  // else it would undo this at its next turn
    world_.scale(version, min, min == 0 ? std::optional<unsigned>{0} : std::nullopt);
  }

  void schedule(const Step& step) {
    if (wanted_.empty()) return;
    auto& [version, min] = *at(wanted_, step.a);
    min = 1 + static_cast<unsigned>(step.b % 6);
    // What is due is done at once, so the wish is known now; the repetition says the same again.
    world_.schedule(version, {{.at = world_.now, .scaling = {min, std::nullopt}, .every = seconds{30}}});
  }

  void remove_version(const Step& step) {
    if (wanted_.empty()) return;
    const auto entry = at(wanted_, step.a);
    world_.remove_version(entry->first);
    wanted_.erase(entry);
  }

  void change_cap(const Step& step) {
    if (provider_.max_vcpus == roomy) return;
    provider_.max_vcpus = 8 + static_cast<unsigned>(step.a % 40);
    world_.put_provider(provider_);
  }

  void instances_run(const Step& step) {
    std::uint64_t choice = step.a;
    for (const auto& [id, record] : std::map{world_.instances}) {
      choice = choice * 6364136223846793005U + 1442695040888963407U;
      if (!record.running && choice >> 63U == 0 && world_.instances.count(id) > 0) world_.instance_runs(id);
    }
  }

  void environments_move_on(const Step& step) {
    std::uint64_t choice = step.a;
    for (const auto& [id, record] : std::map{world_.environments}) {
      choice = choice * 6364136223846793005U + 1442695040888963407U;
      const auto found = world_.environments.find(id);
      if (choice >> 63U == 0 || found == world_.environments.end()) continue;
      if (found->second.stopping) {
        if (!world_.busy(id)) world_.dies(id);
      } else if (!found->second.ready) {
        world_.becomes_ready(id);
      }
    }
  }

  void environment_dies(const Step& step) {
    if (world_.environments.empty()) return;
    const auto [id, record] = *at(world_.environments, step.a);
    const VersionFailure failure{"FunctionError.InitTimeout", ""};
    world_.dies(id, record.ready ? std::nullopt : std::optional{failure});
  }

  void instance_dies(const Step& step) {
    if (!world_.instances.empty()) world_.instance_dies(at(world_.instances, step.a)->first);
  }

  void call(const Step& step) {
    if (wanted_.empty()) return;
    const std::uint64_t version = at(wanted_, step.a)->first;
    for (std::uint64_t i = 0; i <= step.b % 4; ++i) world_.call(version);
  }

  std::vector<EnvironmentId> busy_environments() const {
    std::vector<EnvironmentId> busy;
    for (const auto& [id, record] : world_.environments) {
      if (world_.busy(id)) busy.push_back(id);
    }
    return busy;
  }

  void end_call(const Step& step) {
    auto busy = busy_environments();
    if (!busy.empty()) world_.end_call(*at(busy, step.a));
  }

  void cancel(const Step& step) {
    if (!world_.waiting.empty()) world_.cancel(*at(world_.waiting, step.a));
  }

  void end_all_calls() {
    for (auto busy = busy_environments(); !busy.empty(); busy = busy_environments()) {
      for (const EnvironmentId id : busy) {
        while (world_.busy(id)) world_.end_call(id);
      }
    }
  }

  std::vector<LoadReport> idle_reports() const {
    std::vector<LoadReport> reports;
    for (const auto& [id, record] : world_.environments) reports.push_back({.environment = id});
    return reports;
  }

  void report_load(const Step& step) {
    std::vector<LoadReport> reports;
    std::uint64_t choice = step.b;
    for (const auto& [id, record] : world_.environments) {
      choice = choice * 6364136223846793005U + 1442695040888963407U;
      reports.push_back({.environment = id,
                         .cpu_milli = (choice >> 40U) % (1 + step.a % 4000),
                         .memory_mb = (choice >> 20U) % 2100,
                         .disk_percent = static_cast<unsigned>((choice >> 10U) % 101)});
    }
    reports.push_back({.environment = EnvironmentId{step.b}, .cpu_milli = 1});  // most likely unknown
    world_.report(std::move(reports));
  }

  std::optional<std::string> wrong_with(std::uint64_t version, unsigned min) const {
    const std::string notice = newest_notice(version);
    const std::size_t ready = world_.environments_of(version, true).size();
    const VersionView view = world_.version(version);
    if (notice == "active") {
      if (ready < min) {
        return "active version " + std::to_string(version) + " has " + std::to_string(ready) + " of " +
               std::to_string(min) + " environments, desired " + std::to_string(view.desired) + ", live " +
               std::to_string(view.live) + " (after: " + world_.journal.back() + ")";
      }
      if (view.live != view.desired) return "version " + std::to_string(version) + " never settles";
    } else if (notice == "deactivated") {
      if (min != 0 || ready != 0) return "version " + std::to_string(version) + " is deactivated unasked";
    } else if (notice != "failed" || ready != 0) {
      return "version " + std::to_string(version) + " is left pending: '" + notice + "'";
    }
    return std::nullopt;
  }

  /// "active", "failed" or "deactivated"; "" when nothing was told of the version.
  std::string newest_notice(std::uint64_t version) const {
    for (auto notice = world_.notices.rbegin(); notice != world_.notices.rend(); ++notice) {
      std::istringstream words{*notice};
      std::string what;
      std::uint64_t id = 0;
      words >> what >> id;
      if (id == version) return what;
    }
    return "";
  }

  Parameters parameters_;
  World world_;
  ProviderConfig provider_;
  std::uint64_t last_version_ = 0;
  std::map<std::uint64_t, unsigned> wanted_;  // versions, and their minimum
};

}  // namespace

History random_history(std::uint64_t seed, std::size_t length) {
  Random random{seed * 2 + 1};
  History history{.seed = seed, .steps = {}};
  for (std::size_t i = 0; i < length; ++i) {
    const What what = pick(random);
    const std::uint64_t a = random.below(1U << 30U);
    const std::uint64_t b = random.below(1U << 30U);
    history.steps.push_back({what, a, b});
  }
  return history;
}

std::optional<std::string> violation_of(const History& history) {
  Run run{history.seed};
  for (const Step& step : history.steps) {
    run.apply(step);
    if (auto found = run.violation()) return found;
  }
  return run.calm_down();
}

std::vector<std::string> journal_of(const History& history) {
  Run run{history.seed};
  for (const Step& step : history.steps) run.apply(step);
  return run.journal();
}

History shrink(History history, const std::function<bool(const History&)>& fails) {
  for (std::size_t chunk = std::max<std::size_t>(1, history.steps.size() / 2);; chunk /= 2) {
    for (std::size_t begin = 0; begin < history.steps.size();) {
      History shorter = history;
      const auto first = shorter.steps.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto length = std::min(chunk, shorter.steps.size() - begin);
      shorter.steps.erase(first, first + static_cast<std::ptrdiff_t>(length));
      if (fails(shorter)) {
        history = std::move(shorter);
      } else {
        begin += chunk;
      }
    }
    if (chunk <= 1) return history;
  }
}

std::string text(const History& history) {
  std::string lines;
  for (const Step& step : history.steps) {
    const auto* row = std::find_if(weights.begin(), weights.end(),
                                   [&](const Weight& weight) { return weight.what == step.what; });
    lines += std::string{row->name} + " " + std::to_string(step.a) + " " + std::to_string(step.b) + "\n";
  }
  return lines;
}

}  // namespace lmi::emulator::fleet::test
