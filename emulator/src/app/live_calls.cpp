#include "app/live_fleet.hpp"
#include "app/translate.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::app {

// Each call on its way to an environment that takes it, and its one answer.

using control_plane::InvokeReply;
using control_plane::VersionKey;

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
  live.peak_slots = std::max(live.peak_slots, live.slots_held);
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

}  // namespace lmi::emulator::app
