#include "app/live_fleet.hpp"

#include "app/translate.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::app {

using control_plane::InvokeReply;
using control_plane::VersionKey;
using std::chrono::milliseconds;

namespace {

/// However fast the fleet's time runs: CPU time is counted in ticks of 10 ms, and looking costs something
/// too.
constexpr milliseconds shortest_measurement{200};

}  // namespace

LiveFleet::LiveFleet(Services services, LiveFleetConfig config)
    : services_{std::move(services)},
      config_{std::move(config)},
      began_{services_.loop.now()},
      names_{config_.seed},
      fleet_{config_.parameters, std::move(services_.catalogue), config_.seed},
      meter_{services_.usage, config_.cpu_scale} {}

LiveFleet::~LiveFleet() = default;

fleet::Time LiveFleet::now() const {
  return std::chrono::duration_cast<fleet::Time>(services_.loop.now() - began_) * config_.time_scale;
}

/// How long that much of the fleet's time takes; rounded up, so that it has passed then.
Clock::duration LiveFleet::on_the_wall(fleet::Time duration) const {
  return std::chrono::ceil<fleet::Time>(std::chrono::nanoseconds{duration} / config_.time_scale) +
         fleet::Time{config_.time_scale > 1 ? 1 : 0};
}

// ---- Wishes
// ---------------------------------------------------------------------------------------------------

void LiveFleet::put_provider(const control_plane::ProviderDeployment& provider) {
  if (shutting_down_) return;
  fleet::Decisions decisions;
  fleet_.put_provider({.name = provider.name,
                       .architecture = provider.architecture,
                       .zones = zones_of_subnets(provider.subnet_ids, config_.region),
                       .max_vcpus = provider.max_vcpus,
                       .allowed_types = provider.allowed_types,
                       .excluded_types = provider.excluded_types,
                       .cpu_target_percent = provider.cpu_target_percent},
                      now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::remove_provider(const std::string& name) {
  if (shutting_down_) return;
  fleet::Decisions decisions;
  fleet_.remove_provider(name, now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::deploy(control_plane::VersionDeployment version) {
  if (shutting_down_) return;
  fleet::VersionConfig config{.id = {},
                              .provider = version.provider,
                              .memory_mb = version.memory_mb,
                              .gib_per_vcpu = version.gib_per_vcpu,
                              .max_concurrency = version.max_concurrency,
                              .scaling = {version.min_environments, version.max_environments}};
  Generations::Effects effects;
  fleet::Decisions decisions;
  config.id = generations_.deploy(std::move(version), effects);
  carry_out(std::move(effects), decisions);
  fleet_.add_version(std::move(config), now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::scale(const VersionKey& key, unsigned min_environments,
                      std::optional<unsigned> max_environments) {
  if (shutting_down_) return;
  fleet::Decisions decisions;
  for (const fleet::VersionId id : generations_.scale(key, min_environments, max_environments)) {
    fleet_.scale_version(id, {min_environments, max_environments}, now(), decisions);
  }
  carry_out(std::move(decisions));
}

void LiveFleet::retire(const VersionKey& key) {
  if (shutting_down_) return;
  Generations::Effects effects;
  fleet::Decisions decisions;
  generations_.retire(key, effects);
  carry_out(std::move(effects), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::on_notice(std::function<void(const control_plane::VersionNotice&)> notice) {
  notice_ = std::move(notice);
}

// ---- What the fleet decides
// -----------------------------------------------------------------------------------

void LiveFleet::carry_out(fleet::Decisions decisions) {
  // What a decision leads to at once (a replaced generation goes) is carried out after the rest.
  while (!decisions.empty()) {
    fleet::Decisions more;
    for (const fleet::Decision& decision : decisions) {
      std::visit([&](const auto& each) { apply(each, more); }, decision);
    }
    decisions = std::move(more);
  }
  wake_up_in_time();
}

void LiveFleet::carry_out(Generations::Effects effects, fleet::Decisions& decisions) {
  for (const fleet::VersionId id : effects.remove) fleet_.remove_version(id, now(), decisions);
  tell_later(std::move(effects.notices));
}

void LiveFleet::apply(const fleet::LaunchInstance& decision, fleet::Decisions&) {
  const fleet::InstanceId id = decision.instance;
  LiveInstance& instance = instances_[id];
  instance.name = names_.instance_id();
  instance.provider = decision.provider;
  instance.type = decision.type;
  instance.zone = decision.zone;
  const bool fails = decision.fails;
  instance.launch = services_.loop.after(on_the_wall(decision.delay), [this, id, fails] {
    fleet::Decisions decisions;
    if (fails) {
      fleet_.instance_failed(id, now(), decisions);
    } else {
      fleet_.instance_running(id, now(), decisions);
    }
    carry_out(std::move(decisions));
  });
}

void LiveFleet::apply(const fleet::TerminateInstance& decision, fleet::Decisions&) {
  instances_.erase(decision.instance);
}

void LiveFleet::apply(const fleet::StartEnvironment& decision, fleet::Decisions&) {
  const fleet::EnvironmentId id = decision.environment;
  LiveEnvironment& live = environments_[id];
  live.name = names_.environment_id();
  live.version = decision.version;
  live.instance = decision.instance;
  live.tmp_directory = config_.environments_directory / live.name;
  live.process = services_.factory(spec_of(live), events_of(id));
  live.process->start();
  measure_later();
}

void LiveFleet::apply(const fleet::StopEnvironment& decision, fleet::Decisions&) {
  const auto found = environments_.find(decision.environment);
  if (found == environments_.end()) return;
  LiveEnvironment& live = found->second;
  live.stopping = true;
  // No call takes longer than its timeout, so that long is enough for all of them.
  const milliseconds drain = live.ready ? generations_.of(live.version).timeout : milliseconds{0};
  live.process->shut_down(environment::ShutdownReason::spindown, drain);
}

void LiveFleet::apply(const fleet::KillEnvironment& decision, fleet::Decisions&) {
  const auto found = environments_.find(decision.environment);
  if (found == environments_.end()) return;
  found->second.stopping = true;
  found->second.process->shut_down(environment::ShutdownReason::failure, {});
}

void LiveFleet::apply(const fleet::DispatchCall& decision, fleet::Decisions&) {
  const auto found = queued_.extract(decision.call);
  if (!found.empty()) hand_over(found.mapped(), decision.environment);
}

void LiveFleet::apply(const fleet::RefuseCall& decision, fleet::Decisions&) {
  const auto found = queued_.extract(decision.call);
  if (!found.empty()) refuse(found.mapped(), decision.reason);
}

void LiveFleet::apply(const fleet::VersionActive& decision, fleet::Decisions& more) {
  Generations::Effects effects;
  generations_.became_active(decision.version, effects);
  carry_out(std::move(effects), more);
}

void LiveFleet::apply(const fleet::VersionFailed& decision, fleet::Decisions& more) {
  Generations::Effects effects;
  generations_.failed(decision.version, decision.failure.reason_code, decision.failure.reason, effects);
  carry_out(std::move(effects), more);
}

void LiveFleet::apply(const fleet::VersionDeactivated& decision, fleet::Decisions& more) {
  Generations::Effects effects;
  generations_.deactivated(decision.version, effects);
  carry_out(std::move(effects), more);
}

void LiveFleet::apply(const fleet::VersionRemoved& decision, fleet::Decisions& more) {
  Generations::Effects effects;
  generations_.removed(decision.version, effects);
  carry_out(std::move(effects), more);
}

void LiveFleet::wake_up_in_time() {
  const auto due = fleet_.next_wake_up();
  if (!due || shutting_down_) {
    tick_.cancel();
    return;
  }
  const fleet::Time wait = std::max(*due - now(), fleet::Time{0});
  tick_ = services_.loop.after(on_the_wall(wait), [this] {
    fleet::Decisions decisions;
    fleet_.tick(now(), decisions);
    carry_out(std::move(decisions));
  });
}

void LiveFleet::tell_later(std::vector<control_plane::VersionNotice> notices) {
  if (notices.empty()) return;
  for (auto& notice : notices) outbox_.push_back(std::move(notice));
  outbox_timer_ = services_.loop.after(Clock::duration::zero(), [this] { tell(); });
}

void LiveFleet::tell() {
  while (!outbox_.empty()) {
    const control_plane::VersionNotice notice = std::move(outbox_.front());
    outbox_.pop_front();
    if (notice_) notice_(notice);
  }
}

// ---- Environments
// ---------------------------------------------------------------------------------------------

environment::EnvironmentSpec LiveFleet::spec_of(const LiveEnvironment& live) const {
  const control_plane::VersionDeployment& version = generations_.of(live.version);
  const ArnParts arn = parts_of_arn(version.arn);
  environment::EnvironmentSpec spec;
  spec.id = live.name;
  spec.function_name = version.key.function;
  spec.function_version = version.key.qualifier;
  spec.function_arn = version.arn;
  spec.handler = version.handler;
  if (!arn.region.empty()) spec.region = arn.region;
  if (!arn.account_id.empty()) spec.account_id = arn.account_id;
  spec.memory_mb = version.memory_mb;
  spec.variables = version.variables;
  spec.log_level = version.log_level;
  spec.log_group = version.log_group.empty() ? "/aws/lambda/" + version.key.function : version.log_group;
  spec.log_stream = log_stream(config_.wall_clock(), version.key.qualifier, live.name);
  spec.max_concurrency = std::to_string(version.max_concurrency);
  spec.task_root = version.task_root;
  spec.opt_root = config_.opt_root;
  spec.tmp_directory = live.tmp_directory;
  spec.memory_limit_bytes = std::uint64_t{version.memory_mb} << 20U;
  spec.timeout = version.timeout;
  // lmi-behaviour.md §1.5: max(130 s, function timeout), the latter counted up to 15 minutes.
  spec.init_timeout = std::max(milliseconds{std::chrono::seconds{130}},
                               std::min(spec.timeout, milliseconds{std::chrono::minutes{15}}));
  spec.repoll_grace = config_.repoll_grace;
  return spec;
}

environment::EnvironmentEvents LiveFleet::events_of(fleet::EnvironmentId id) {
  environment::EnvironmentEvents events;
  events.on_ready = [this, id] { ready(id); };
  events.on_init_failed = [this, id](const environment::InitFailure& failure) {
    LiveEnvironment& live = environments_.at(id);
    live.failure = version_failure(failure, generations_.of(live.version).key.function);
  };
  events.on_slot_free = [this, id] { release_slot(id); };
  events.on_gone = [this, id](bool crashed) { gone(id, crashed); };
  events.on_log = [this, id](environment::LogSource source, std::string line) {
    log(id, source, std::move(line));
  };
  return events;
}

void LiveFleet::ready(fleet::EnvironmentId id) {
  if (shutting_down_) return;
  environments_.at(id).ready = true;
  fleet::Decisions decisions;
  fleet_.environment_ready(id, now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::gone(fleet::EnvironmentId id, bool crashed) {
  const auto found = environments_.find(id);
  if (found == environments_.end()) return;
  LiveEnvironment last =
      std::move(found->second);  // its process ends with this scope, after the fleet was told
  environments_.erase(found);
  if (shutting_down_) {
    if (environments_.empty() && all_gone_) services_.loop.post(std::exchange(all_gone_, nullptr));
    return;
  }
  if (crashed && !last.ready && !last.failure) {
    last.failure = version_failure({"Runtime.ExitError", ""}, generations_.of(last.version).key.function);
  }
  fleet::Decisions decisions;
  fleet_.environment_gone(id, std::move(last.failure), now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::release_slot(fleet::EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found == environments_.end() || found->second.slots_held == 0) return;
  --found->second.slots_held;
  fleet::Decisions decisions;
  fleet_.release(id, now(), decisions);
  if (!decisions.empty()) carry_out(std::move(decisions));
}

void LiveFleet::measure_later() {
  if (measuring_.scheduled()) return;
  const auto interval =
      std::max<Clock::duration>(on_the_wall(config_.parameters.scaling_interval), shortest_measurement);
  measuring_ = services_.loop.after(interval, [this] { measure(); });
}

void LiveFleet::measure() {
  measuring_.cancel();  // it has run
  std::vector<LoadMeter::Subject> subjects;
  for (const auto& [id, live] : environments_) {
    if (const int pid = live.process->stats().pid; pid > 0) subjects.push_back({id, pid});
  }
  const auto reports = meter_.measure(subjects, services_.loop.now());
  fleet::Decisions decisions;
  fleet_.report_load(reports, now(), decisions);
  carry_out(std::move(decisions));
  if (!environments_.empty() && !shutting_down_) measure_later();
}

void LiveFleet::log(fleet::EnvironmentId id, environment::LogSource source, std::string line) {
  const LiveEnvironment& live = environments_.at(id);
  const VersionKey& key = generations_.of(live.version).key;
  const char* source_name = source == environment::LogSource::platform   ? "platform"
                            : source == environment::LogSource::function ? "function"
                                                                         : "extension";
  services_.logs.append({.seq = 0,
                         .time = config_.wall_clock(),
                         .function_name = key.function,
                         .version = key.qualifier,
                         .environment = live.name,
                         .source = source_name,
                         .line = std::move(line)});
}

// ---- Calls
// ----------------------------------------------------------------------------------------------------

void LiveFleet::invoke(const VersionKey& key, control_plane::InvokeCall call,
                       std::function<void(InvokeReply)> done) {
  const auto pending = std::make_shared<PendingCall>();
  pending->call = std::move(call);
  pending->done = std::move(done);
  const auto version = generations_.serving(key);
  if (!version || shutting_down_) {
    refuse(pending, fleet::ThrottleReason::concurrency);
    return;
  }
  pending->version = *version;
  offer(pending);
}

void LiveFleet::offer(const PendingCallPtr& pending) {
  const fleet::Route route = fleet_.route(pending->version, now(), pending->turned_away_by);
  if (const auto* reason = std::get_if<fleet::ThrottleReason>(&route)) {
    refuse(pending, *reason);
    return;
  }
  if (const auto* queued = std::get_if<fleet::Queued>(&route)) {
    queued_.emplace(queued->call, pending);
    wake_up_in_time();  // its wait has an end
    return;
  }
  hand_over(pending, std::get<fleet::EnvironmentId>(route));
}

void LiveFleet::hand_over(const PendingCallPtr& pending, fleet::EnvironmentId id) {
  LiveEnvironment& live = environments_.at(id);
  ++live.slots_held;
  // The call is copied: another environment may have to get it.
  live.process->invoke(invocation_of(pending->call), [this, pending, id](environment::Outcome outcome) {
    answered(pending, id, std::move(outcome));
  });
}

void LiveFleet::answered(const PendingCallPtr& pending, fleet::EnvironmentId by,
                         environment::Outcome outcome) {
  if (outcome.kind == environment::Outcome::Kind::refused) release_slot(by);  // it never held one there
  if (!may_try_elsewhere(outcome)) {
    pending->done(invoke_reply(std::move(outcome)));
    return;
  }
  pending->turned_away_by.push_back(by);
  if (shutting_down_ || pending->turned_away_by.size() >= config_.offers_per_call) {
    pending->done(throttled(fleet::ThrottleReason::concurrency));
    return;
  }
  offer(pending);
}

void LiveFleet::refuse(const PendingCallPtr& pending, fleet::ThrottleReason reason) {
  services_.loop.post([pending, reason] { pending->done(throttled(reason)); });
}

// ---- The end
// --------------------------------------------------------------------------------------------------

void LiveFleet::shut_down(milliseconds drain, std::function<void()> done) {
  if (std::exchange(shutting_down_, true)) return;
  tick_.cancel();
  measuring_.cancel();
  for (auto& [id, instance] : instances_) instance.launch.cancel();
  for (const auto& [call, pending] : std::exchange(queued_, {})) {
    refuse(pending, fleet::ThrottleReason::concurrency);
  }
  if (environments_.empty()) {
    services_.loop.post(std::move(done));
    return;
  }
  all_gone_ = std::move(done);
  for (auto& [id, live] : environments_) {
    live.process->shut_down(environment::ShutdownReason::spindown, live.ready ? drain : milliseconds{0});
  }
}

}  // namespace lmi::emulator::app
