#include "app/standard_host.hpp"

#include "app/environment_spec.hpp"
#include "app/standard_replies.hpp"
#include "app/tmp_entries.hpp"
#include "app/translate.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::app {

using control_plane::InvokeReply;
using control_plane::VersionKey;
using environment::ShutdownReason;
using standard::EnvironmentId;
using standard::GenerationId;
using std::chrono::milliseconds;

namespace {

/// Environments that one call is offered to before it is refused. Each refusal means that a runtime had just
/// stopped asking for work, so that a second one in a row is rare already.
constexpr unsigned offers_per_call = 3;

}  // namespace

StandardHost::StandardHost(Services services, StandardHostConfig config)
    : services_{std::move(services)},
      config_{std::move(config)},
      began_{services_.loop.now()},
      names_{config_.seed},
      pool_{config_.parameters} {}

StandardHost::~StandardHost() = default;

standard::Time StandardHost::now() const {
  return std::chrono::duration_cast<standard::Time>(services_.loop.now() - began_);
}

// ---- Versions ----

void StandardHost::put_provider(const control_plane::ProviderDeployment&) {}
void StandardHost::remove_provider(const std::string&) {}
void StandardHost::scale(const VersionKey&, unsigned, std::optional<unsigned>) {}

void StandardHost::deploy(control_plane::VersionDeployment version) {
  if (shutting_down_) return;
  const GenerationId id{++last_generation_};
  const VersionKey key = version.key;
  pool_.add(id, key.function);
  generations_.emplace(id, std::move(version));
  const auto before = current_.find(key);
  if (before == current_.end()) {
    current_.emplace(key, id);
  } else {
    end_generation(std::exchange(before->second, id));
  }
}

void StandardHost::retire(const VersionKey& key) {
  const auto found = current_.find(key);
  if (found == current_.end() || shutting_down_) return;
  const GenerationId id = found->second;
  current_.erase(found);
  end_generation(id);
}

void StandardHost::end_generation(GenerationId generation) {
  provisioning_.end(generation);
  for (const EnvironmentId id : pool_.end(generation)) stop(id, ShutdownReason::spindown);
  tell_if_ended(generation);
}

void StandardHost::tell_if_ended(GenerationId generation) {
  const auto found = generations_.find(generation);
  const bool is_current = std::any_of(current_.begin(), current_.end(),
                                      [&](const auto& entry) { return entry.second == generation; });
  const bool is_used = std::any_of(environments_.begin(), environments_.end(),
                                   [&](const auto& entry) { return entry.second.generation == generation; });
  if (found == generations_.end() || is_current || is_used) return;
  control_plane::VersionNotice notice{
      found->second.key, control_plane::VersionState::ended, {}, {}, found->second.number};
  generations_.erase(found);
  outbox_.push_back(std::move(notice));
  outbox_timer_ = services_.loop.after(Clock::duration::zero(), [this] {
    for (const auto& told : std::exchange(outbox_, {})) {
      if (notice_) notice_(told);
    }
  });
}

void StandardHost::on_notice(std::function<void(const control_plane::VersionNotice&)> notice) {
  notice_ = std::move(notice);
}

// ---- Calls ----

void StandardHost::invoke(const VersionKey& key, control_plane::InvokeCall call,
                          std::function<void(InvokeReply)> done) {
  const auto pending = std::make_shared<PendingCall>();
  pending->call = std::move(call);
  pending->done = std::move(done);
  const auto current = current_.find(key);
  if (current == current_.end() || shutting_down_) return refuse(pending, standard::Refusal::concurrency);
  pending->generation = current->second;
  offer(pending);
}

void StandardHost::offer(const PendingCallPtr& pending) {
  ++pending->offers;
  const standard::Limits limits{pending->call.reserved_concurrency, pending->call.unreserved_concurrency};
  const auto route = pool_.route(pending->generation, limits, now());
  if (const auto* reason = std::get_if<standard::Refusal>(&route)) return refuse(pending, *reason);
  if (const auto* reuse = std::get_if<standard::Pool::Reuse>(&route))
    return give(reuse->environment, pending);
  const EnvironmentId id = std::get<standard::Pool::Start>(route).environment;
  start(id, pending->generation, Kind::on_demand);
  give(id, pending);
}

void StandardHost::start(EnvironmentId id, GenerationId generation, Kind kind) {
  LiveEnvironment& live = environments_[id];
  live.name = names_.environment_id();
  live.generation = generation;
  live.kind = kind;
  live.tmp_directory = config_.environments_directory / live.name;
  live.process = services_.factory(spec_of(live), events_of(id));
  live.process->start();
}

environment::EnvironmentSpec StandardHost::spec_of(const LiveEnvironment& live) const {
  const control_plane::VersionDeployment& version = generations_.at(live.generation);
  environment::EnvironmentSpec spec = spec_of_version(version, {.id = live.name,
                                                                .tmp_directory = live.tmp_directory,
                                                                .opt_root = config_.opt_root,
                                                                .day = config_.wall_clock()});
  spec.max_concurrency.reset();
  spec.repeats_init = live.kind == Kind::repeats_init;
  spec.provisioned = live.kind == Kind::provisioned;
  switch (live.kind) {
    case Kind::on_demand: spec.init_timeout = config_.init_timeout; break;
    case Kind::repeats_init: spec.init_timeout = spec.timeout; break;
    case Kind::provisioned:
      spec.init_timeout = std::max(config_.provisioned_init_timeout, spec.timeout);
      break;
  }
  spec.repoll_grace = config_.repoll_grace;
  return spec;
}

environment::EnvironmentEvents StandardHost::events_of(EnvironmentId id) {
  environment::EnvironmentEvents events;
  events.on_ready = [this, id] {
    environments_.at(id).ready = true;
    provisioning_.is_ready(id);
  };
  events.on_init_failed = [this, id](environment::InitFailure failure) {
    environments_.at(id).failure = std::move(failure);
  };
  events.on_idle = [this, id] { idle(id); };
  events.on_gone = [this, id](bool) { gone(id); };
  events.on_log = [this, id](environment::LogSource source, std::string line) {
    const LiveEnvironment& live = environments_.at(id);
    services_.logs.append(log_event(generations_.at(live.generation).key, live.name, config_.wall_clock(),
                                    source, std::move(line)));
  };
  return events;
}

void StandardHost::give(EnvironmentId id, const PendingCallPtr& pending) {
  wake_up_in_time();
  provisioning_.has_call(id);
  // The call is copied: another environment may have to get it.
  environments_.at(id).process->invoke(
      invocation_of(pending->call),
      [this, pending, id](environment::Outcome outcome) { answered(pending, id, std::move(outcome)); });
}

void StandardHost::answered(const PendingCallPtr& pending, EnvironmentId by, environment::Outcome outcome) {
  LiveEnvironment& live = environments_.at(by);  // it answers before it goes
  const bool init_failed_now = live.failure && !live.ready;
  if (init_failed_now && live.kind != Kind::repeats_init && !shutting_down_) {
    const EnvironmentId next = pool_.start_again(by);
    start(next, live.generation, Kind::repeats_init);
    return give(next, pending);
  }
  pool_.answered(by);
  if (init_failed_now) return finish(pending, init_failed(*live.failure));
  if (may_try_elsewhere(outcome) && !shutting_down_ && pending->offers < offers_per_call) {
    stop(by, ShutdownReason::failure);
    // The version may have been replaced meanwhile; then the new code gets the call.
    const auto current = current_.find(generations_.at(live.generation).key);
    if (current == current_.end()) return pending->done(refused(standard::Refusal::concurrency));
    pending->generation = current->second;
    return offer(pending);
  }
  if (!live.stopping && !shutting_down_) {
    live.overdue = services_.loop.after(generations_.at(live.generation).timeout,
                                        [this, by] { stop(by, ShutdownReason::timeout); });
  }
  finish(pending, std::move(outcome));
}

void StandardHost::finish(const PendingCallPtr& pending, environment::Outcome outcome) {
  if (outcome.kind == environment::Outcome::Kind::refused) {
    return pending->done(refused(standard::Refusal::concurrency));
  }
  std::string log_tail = std::move(outcome.log_tail);
  InvokeReply reply = invoke_reply(std::move(outcome));
  reply.log_tail = std::move(log_tail);
  pending->done(std::move(reply));
}

void StandardHost::refuse(const PendingCallPtr& pending, standard::Refusal reason) {
  services_.loop.post([pending, reason] { pending->done(refused(reason)); });
}

// ---- Environments ----

void StandardHost::idle(EnvironmentId id) {
  LiveEnvironment& live = environments_.at(id);
  if (live.stopping || shutting_down_) return;
  live.overdue.cancel();
  if (!pool_.idle(id, now())) return stop(id, ShutdownReason::spindown);
  wake_up_in_time();
}

void StandardHost::stop(EnvironmentId id, ShutdownReason reason) {
  const auto found = environments_.find(id);
  if (found == environments_.end() || std::exchange(found->second.stopping, true)) return;
  pool_.discard(id);
  found->second.overdue.cancel();
  found->second.process->shut_down(reason, milliseconds{0});
  replace_if_kept(id);
}

void StandardHost::gone(EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found == environments_.end()) return;
  const LiveEnvironment last = std::move(found->second);  // its process ends with this scope
  environments_.erase(found);
  pool_.gone(id);
  if (shutting_down_) {
    if (environments_.empty() && all_gone_) services_.loop.post(std::exchange(all_gone_, nullptr));
    return;
  }
  replace_if_kept(id);
  tell_if_ended(last.generation);
  wake_up_in_time();
}

void StandardHost::wake_up_in_time() {
  const auto due = pool_.next_expiry();
  if (!due || shutting_down_) return expiry_.cancel();
  const standard::Time wait = std::max(*due - now(), standard::Time{0});
  expiry_ = services_.loop.after(wait, [this] {
    for (const EnvironmentId id : pool_.expired(now())) stop(id, ShutdownReason::spindown);
    wake_up_in_time();
  });
}

void StandardHost::add_to(observe::FleetSnapshot& snapshot) const {
  for (const auto& [id, live] : environments_) {
    const VersionKey& key = generations_.at(live.generation).key;
    const environment::EnvironmentStats stats = live.process->stats();
    observe::EnvironmentSnapshot& shown = snapshot.environments.emplace_back();
    shown.id = live.name;
    shown.function_name = key.function;
    shown.version = key.qualifier;
    shown.state = live.stopping ? "draining" : live.ready ? "ready" : "starting";
    shown.pid = stats.pid;
    shown.slots = 1;
    shown.in_flight = stats.in_flight;
    shown.peak_in_flight = stats.peak_in_flight;
    shown.invocations = stats.invocations;
    shown.tmp_entries = tmp_entries(live.tmp_directory);
  }
}

// ---- The end ----

void StandardHost::shut_down(milliseconds drain, std::function<void()> done) {
  if (std::exchange(shutting_down_, true)) return;
  expiry_.cancel();
  if (environments_.empty()) {
    services_.loop.post(std::move(done));
    return;
  }
  all_gone_ = std::move(done);
  for (auto& [id, live] : environments_) {
    live.overdue.cancel();
    live.process->shut_down(ShutdownReason::spindown, live.ready ? drain : milliseconds{0});
  }
}

}  // namespace lmi::emulator::app
