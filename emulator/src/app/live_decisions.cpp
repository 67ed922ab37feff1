#include "app/live_fleet.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::app {

// What the fleet decided is done here, and time is told to it.

using std::chrono::milliseconds;

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
  write_log(ProviderLog::Event::launching, instance);
  const bool fails = decision.fails;
  instance.launch = services_.loop.after(clock_.on_the_wall(decision.delay), [this, id, fails] {
    write_log(fails ? ProviderLog::Event::launch_failed : ProviderLog::Event::launched, instances_.at(id));
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
  using Event = ProviderLog::Event;
  const LiveInstance& instance = instances_.at(decision.instance);
  // What never was launched is not terminated; what is lost is found out by its health.
  if (decision.reason == fleet::TerminationReason::lost) write_log(Event::health_check_failed, instance);
  if (decision.reason != fleet::TerminationReason::launch_failed) {
    write_log(Event::terminating, instance);
    write_log(Event::terminated, instance);
  }
  instances_.erase(decision.instance);
}

void LiveFleet::apply(const fleet::StartEnvironment& decision, fleet::Decisions&) {
  const fleet::EnvironmentId id = decision.environment;
  LiveEnvironment& live = environments_[id];
  live.name = names_.environment_id();
  live.version = decision.version;
  live.key = generations_.of(decision.version).key;
  live.tmp_limit_bytes = std::uint64_t{generations_.of(decision.version).ephemeral_storage_mb} << 20U;
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

void LiveFleet::write_log(ProviderLog::Event event, const LiveInstance& instance) {
  provider_log_.write(event, {instance.provider, instance.name, instance.type, instance.zone});
}

void LiveFleet::wake_up_in_time() {
  const auto due = fleet_.next_wake_up();
  if (!due || shutting_down_) {
    tick_.cancel();
    return;
  }
  const fleet::Time wait = std::max(*due - now(), fleet::Time{0});
  tick_ = services_.loop.after(clock_.on_the_wall(wait), [this] {
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

}  // namespace lmi::emulator::app
