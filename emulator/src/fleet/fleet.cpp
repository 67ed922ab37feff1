#include "fleet/fleet.hpp"

#include "fleet/state.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::fleet {
namespace {

std::vector<std::string> distinct(const std::vector<std::string>& zones) {
  std::vector<std::string> once;
  for (const std::string& zone : zones) {
    if (std::find(once.begin(), once.end(), zone) == once.end()) once.push_back(zone);
  }
  return once;
}

VersionFailure died_young() {
  return {"FunctionError.RuntimeInitError",
          "The execution environments end again shortly after their initialization."};
}

}  // namespace

Fleet::Fleet(Parameters parameters, Catalogue catalogue, std::uint64_t seed)
    : state_{std::make_unique<State>(parameters, std::move(catalogue), seed)} {}
Fleet::~Fleet() = default;
Fleet::Fleet(Fleet&&) noexcept = default;
Fleet& Fleet::operator=(Fleet&&) noexcept = default;

void Fleet::put_provider(ProviderConfig config, Time now, Decisions& out) {
  state_->now = now;
  const std::string name = config.name;
  Provider& provider = state_->providers[name];
  provider.types =
      eligible_types(state_->catalogue, config.architecture, config.allowed_types, config.excluded_types);
  provider.zones = distinct(config.zones);
  provider.config = std::move(config);
  provider.leaving = false;
  ++provider.room_epoch;
  state_->for_versions_of(name, [&](Version& version) { state_->choose_zones(provider, version); });
  state_->reconcile(name, out);
}

void Fleet::remove_provider(std::string_view name, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->providers.find(name);
  if (found == state_->providers.end()) return;
  found->second.leaving = true;
  state_->reconcile(name, out);
}

void Fleet::add_version(VersionConfig config, Time now, Decisions& out) {
  state_->now = now;
  const auto provider = state_->providers.find(config.provider);
  if (provider == state_->providers.end()) {
    out.emplace_back(VersionFailed{
        config.id, {"InternalError", "Capacity provider '" + config.provider + "' does not exist."}});
    return;
  }
  const VersionId id = config.id;
  const auto [entry, added] = state_->versions.try_emplace(id, std::move(config), state_->parameters.routing);
  if (!added) return;
  Version& version = entry->second;
  if (version.config.scaling.min_environments == 0) version.phase = Phase::deactivating;
  state_->find_smallest(provider->second);
  state_->choose_zones(provider->second, version);
  state_->reconcile(provider->first, out);
}

void Fleet::scale_version(VersionId id, ScalingBounds scaling, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end() || found->second.phase == Phase::removing) return;
  state_->apply_bounds(found->second, scaling);
  const std::string provider = found->second.config.provider;
  state_->reconcile(provider, out);
}

void Fleet::schedule_version(VersionId id, std::vector<ScheduledScaling> schedule, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end() || found->second.phase == Phase::removing) return;
  found->second.schedule = std::move(schedule);
  const std::string provider = found->second.config.provider;
  state_->apply_schedules();
  state_->reconcile(provider, out);
}

void Fleet::remove_version(VersionId id, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end()) {  // one that was refused, for its provider was not there
    out.emplace_back(VersionRemoved{id});
    return;
  }
  found->second.phase = Phase::removing;
  found->second.schedule.clear();
  state_->stop_all(found->second, out);
  const std::string provider = found->second.config.provider;
  state_->reconcile(provider, out);
}

void Fleet::instance_running(InstanceId id, Time now, Decisions& out) {
  state_->now = now;
  Instance* instance = state_->instances.find(id);
  if (instance == nullptr || instance->state != InstanceState::launching) return;
  state_->count(*instance, false);
  instance->state = InstanceState::running;
  state_->count(*instance, true);
  const Parameters& parameters = state_->parameters;
  if (parameters.instance_lifetime > Time{0}) {
    instance->retire_at =
        now + state_->random.around(parameters.instance_lifetime, parameters.lifetime_jitter_percent);
    if (!instance->environments.empty()) state_->set_due(*instance, instance->retire_at);
  }
  for (const EnvironmentId waiting : instance->environments) {
    Environment& environment = state_->environments.at(waiting);
    environment.state = EnvironmentState::starting;
    out.emplace_back(StartEnvironment{waiting, environment.version, id});
  }
}

void Fleet::instance_failed(InstanceId id, Time now, Decisions& out) {
  state_->now = now;
  const Instance* instance = state_->instances.find(id);
  if (instance == nullptr || instance->state != InstanceState::launching) return;
  const Time retry_at = now + state_->parameters.instance_launch_retry_delay;
  state_->clear_instance(id, retry_at, TerminationReason::launch_failed, out);
}

void Fleet::instance_lost(InstanceId id, Time now, Decisions& out) {
  state_->now = now;
  if (state_->instances.find(id) != nullptr) {
    state_->clear_instance(id, now, TerminationReason::lost, out);
  }
}

void Fleet::environment_ready(EnvironmentId id, Time now, Decisions& out) {
  state_->now = now;
  Environment* environment = state_->environments.find(id);
  if (environment == nullptr || environment->state != EnvironmentState::starting) return;
  state_->make_ready(*environment);
  Version& version = state_->versions.at(environment->version);
  state_->serve_queue(version, out);
  const std::string provider = version.config.provider;
  state_->reconcile(provider, out);
}

void Fleet::environment_gone(EnvironmentId id, std::optional<VersionFailure> failure, Time now,
                             Decisions& out) {
  state_->now = now;
  const Environment* found = state_->environments.find(id);
  if (found == nullptr) return;
  const Environment gone = *found;
  Version& version = state_->versions.at(gone.version);
  const std::string provider = version.config.provider;
  state_->drop_environment(id);

  const bool was_ready = gone.state == EnvironmentState::ready;
  const bool proven = was_ready && now - gone.ready_at >= state_->parameters.proven_after;
  // Of one that was leaving the replacement is on its way already.
  if (gone.state != EnvironmentState::draining && !gone.leaving && !proven) {
    const unsigned attempt = gone.attempt + 1;
    if (version.phase == Phase::starting && attempt >= state_->parameters.start_attempts) {
      state_->fail(version, failure.value_or(died_young()), out);
    } else {
      // One early death of a working environment is forgiven at once; a second in a row has to wait.
      const bool forgiven = was_ready && attempt == 1;
      const Time delay = forgiven ? Time{0} : restart_delay(state_->parameters, attempt, state_->random);
      version.retries.push_back({.due = now + delay, .attempt = attempt});
    }
  }
  state_->reconcile(provider, out);
}

void Fleet::report_load(std::span<const LoadReport> reports, Time now, Decisions& out) {
  state_->now = now;
  for (const LoadReport& report : reports) state_->apply_load(report);
  for (auto& [id, version] : state_->versions) state_->serve_queue(version, out);
}

void Fleet::report_concurrency(VersionId id, std::uint64_t calls_milli, Time now) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end()) return;
  found->second.concurrency_reported = true;
  found->second.concurrency.set(calls_milli, now);
}

void Fleet::tick(Time now, Decisions& out) {
  state_->now = now;
  state_->apply_schedules();
  state_->rotate_due_environments(out);
  state_->rotate_due_instances(out);
  state_->give_up_overdue(out);
  std::vector<std::string> names;  // reconcile() may erase a provider
  for (auto& [name, provider] : state_->providers) {
    names.push_back(name);
    if (provider.next_scaling && *provider.next_scaling <= now) {
      provider.next_scaling.reset();  // reconcile() sets the next, while there is anything to scale
      state_->scale(provider);
    }
    if (provider.next_tidying && *provider.next_tidying <= now) {
      provider.next_tidying.reset();
      state_->tidy(provider, out);
    }
  }
  for (const std::string& name : names) state_->reconcile(name, out);
}

std::optional<Time> Fleet::next_wake_up() const {
  std::optional<Time> next;
  const auto consider = [&](std::optional<Time> due) {
    if (due && (!next || *due < *next)) next = due;
  };
  if (!state_->instance_dates.empty()) consider(state_->instance_dates.begin()->first);
  if (!state_->environment_dates.empty()) consider(state_->environment_dates.begin()->first);
  for (const auto& [name, provider] : state_->providers) {
    consider(provider.next_scaling);
    consider(provider.next_tidying);
  }
  for (const auto& [id, version] : state_->versions) {
    consider(version.queue.next_deadline());
    for (const ScheduledScaling& scheduled : version.schedule) consider(scheduled.at);
    for (const Retry& retry : version.retries) {
      if (!retry.tried) consider(retry.due);
    }
  }
  return next;
}

Route Fleet::route(VersionId id, Time now, std::span<const EnvironmentId> except) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end()) return ThrottleReason::concurrency;
  Version& version = found->second;
  const auto slot = version.router.take(except);
  if (const auto* environment = std::get_if<EnvironmentId>(&slot)) {
    if (except.empty()) ++version.calls.routed;
    state_->count_in_flight(version);
    return *environment;
  }
  const bool serves = version.phase == Phase::active || version.phase == Phase::starting;
  if (serves && except.empty() && version.queue.size() < state_->parameters.queue_length) {
    const CallId call{++state_->last_call};
    version.queue.push(call, now + state_->parameters.queue_timeout);
    return Queued{call};
  }
  const auto reason = std::get<ThrottleReason>(slot);
  if (!except.empty()) --version.calls.routed;  // it was counted when it was first given a slot
  ++version.calls.refused.at(static_cast<std::size_t>(reason));
  return reason;
}

void Fleet::release(EnvironmentId id, Time now, Decisions& out) {
  state_->now = now;
  const Environment* environment = state_->environments.find(id);
  if (environment == nullptr || !environment->seat) return;
  Version& version = state_->versions.at(environment->version);
  if (!version.router.release(*environment->seat)) return;
  state_->count_in_flight(version);
  state_->serve_queue(version, out);
}

void Fleet::cancel(CallId call, Time now) {
  state_->now = now;
  for (auto& [id, version] : state_->versions) {
    if (version.queue.remove(call)) return;
  }
}

}  // namespace lmi::emulator::fleet
