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
  for (auto& [id, version] : state_->versions) {
    if (version.config.provider == name) state_->choose_zones(provider, version);
  }
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
  const auto [entry, added] = state_->versions.try_emplace(id, std::move(config));
  if (!added) return;
  Version& version = entry->second;
  if (version.config.scaling.min_environments == 0) version.phase = Phase::deactivating;
  state_->choose_zones(provider->second, version);
  state_->reconcile(provider->first, out);
}

void Fleet::scale_version(VersionId id, ScalingBounds scaling, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end() || found->second.phase == Phase::removing) return;
  Version& version = found->second;
  version.config.scaling = scaling;
  if (scaling.min_environments == 0) {
    if (version.phase != Phase::deactivated) version.phase = Phase::deactivating;
    version.retries.clear();
  } else if (version.phase != Phase::active && version.phase != Phase::starting) {
    version.phase = Phase::starting;
  }
  const std::string provider = version.config.provider;
  state_->reconcile(provider, out);
}

void Fleet::remove_version(VersionId id, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->versions.find(id);
  if (found == state_->versions.end()) return;
  found->second.phase = Phase::removing;
  state_->stop_all(found->second, out);
  const std::string provider = found->second.config.provider;
  state_->reconcile(provider, out);
}

void Fleet::instance_running(InstanceId id, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->instances.find(id);
  if (found == state_->instances.end()) return;
  Instance& instance = found->second;
  instance.state = InstanceState::running;
  for (const EnvironmentId waiting : instance.environments) {
    Environment& environment = state_->environments.at(waiting);
    if (environment.state != EnvironmentState::waiting_for_instance) continue;
    environment.state = EnvironmentState::starting;
    out.emplace_back(StartEnvironment{waiting, environment.version, id});
  }
}

void Fleet::environment_ready(EnvironmentId id, Time now, Decisions& out) {
  state_->now = now;
  const auto found = state_->environments.find(id);
  if (found == state_->environments.end() || found->second.state != EnvironmentState::starting) return;
  Environment& environment = found->second;
  environment.state = EnvironmentState::ready;
  environment.ready_at = now;
  Version& version = state_->versions.at(environment.version);
  ++version.ready;
  version.router.open(id);
  const std::string provider = version.config.provider;
  state_->reconcile(provider, out);
}

void Fleet::environment_gone(EnvironmentId id, std::optional<VersionFailure> failure, Time now,
                             Decisions& out) {
  state_->now = now;
  const auto found = state_->environments.find(id);
  if (found == state_->environments.end()) return;
  const Environment gone = found->second;
  Version& version = state_->versions.at(gone.version);
  const std::string provider = version.config.provider;
  state_->drop_environment(id);

  const bool was_ready = gone.state == EnvironmentState::ready;
  const bool proven = was_ready && now - gone.ready_at >= state_->parameters.proven_after;
  if (gone.state != EnvironmentState::draining && !proven) {
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

void Fleet::tick(Time now, Decisions& out) {
  state_->now = now;
  std::vector<std::string> names;  // reconcile() may erase a provider
  for (const auto& [name, provider] : state_->providers) names.push_back(name);
  for (const std::string& name : names) state_->reconcile(name, out);
}

std::optional<Time> Fleet::next_wake_up() const {
  std::optional<Time> next;
  const auto consider = [&](Time due) {
    if (!next || due < *next) next = due;
  };
  if (!state_->idle.empty()) consider(state_->idle.begin()->first);
  for (const auto& [id, version] : state_->versions) {
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
  const auto environment = found->second.router.take(except);
  if (!environment) return ThrottleReason::concurrency;
  return *environment;
}

void Fleet::release(EnvironmentId id, Time now) {
  state_->now = now;
  const auto found = state_->environments.find(id);
  if (found == state_->environments.end()) return;
  state_->versions.at(found->second.version).router.release(id);
}

std::vector<InstanceView> Fleet::instances() const {
  std::vector<InstanceView> views;
  for (const auto& [id, instance] : state_->instances) {
    views.push_back({id, instance.provider, instance.type, instance.zone, instance.state,
                     static_cast<unsigned>(instance.environments.size())});
  }
  return views;
}

std::vector<EnvironmentView> Fleet::environments() const {
  std::vector<EnvironmentView> views;
  for (const auto& [id, environment] : state_->environments) {
    const Version& version = state_->versions.at(environment.version);
    views.push_back(
        {id, environment.version, environment.instance, environment.state, version.router.in_use(id)});
  }
  return views;
}

}  // namespace lmi::emulator::fleet
