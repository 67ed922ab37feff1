#include "events/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::events {
namespace {

/// What an event costs in memory beside its payload, roughly.
constexpr std::size_t event_overhead = 1024;

std::size_t bytes_of(const InvokeOrder& order) {
  return order.payload.size() + order.client_context.size() + event_overhead;
}

store::Change written(const AcceptedEvent& event) {
  return store::PutDocument{{accepted_event_kind, event.key, to_document(event)}};
}

bool is_function(std::string_view arn) {
  return arn.find(":lambda:") != arn.npos && arn.find(":function:") != arn.npos;
}

/// Stands for the attempt that an event does not get any more.
Outcome too_old() {
  Outcome outcome;
  outcome.kind = Outcome::Kind::throttled;
  outcome.message = "The event was older than its maximum age.";
  return outcome;
}

}  // namespace

EventQueue::EventQueue(Parts parts)
    : parts_{std::move(parts)},
      deliveries_{{parts_.loop, parts_.store, parts_.outbox, parts_.parameters, parts_.warn}} {}

void EventQueue::accept(InvokeOrder order, std::function<void(Acceptance, const std::string& why)> done) {
  const std::size_t bytes = bytes_of(order);
  if (waiting_bytes_ + bytes > parts_.parameters.max_waiting_bytes) return done(Acceptance::full, {});
  waiting_bytes_ += bytes;
  AcceptedEvent event;
  event.accepted_at = parts_.wall_clock();
  event.key = event_key(event.accepted_at, order.request_id);
  event.order = std::move(order);
  store::Changes changes{written(event)};
  parts_.store.write(std::move(changes), [this, bytes, event = std::move(event),
                                          done = std::move(done)](const std::string& failure) {
    waiting_bytes_ -= bytes;  // add() counts it again
    if (!failure.empty()) return done(Acceptance::failed, failure);
    done(Acceptance::accepted, {});
    add(event);
  });
}

void EventQueue::restore(AcceptedEvent event) {
  if (!event.deliveries.empty()) return deliveries_.begin(std::move(event));
  add(std::move(event));
}

void EventQueue::stop() {
  stopped_ = true;
  deliveries_.stop();
}

void EventQueue::add(AcceptedEvent event) {
  waiting_bytes_ += bytes_of(event.order);
  const std::string key = event.key;
  Entry& entry = events_[key];
  entry.event = std::move(event);
  entry.event.retry_at > parts_.wall_clock() ? retry(entry) : enqueue(key);
}

EventQueue::Lane& EventQueue::lane_of(const AcceptedEvent& event) {
  const LaneKey key{event.order.function.name, event.order.function.qualifier};
  AttemptWindow::Limits limits;
  limits.delay = parts_.parameters.throttle_delay;
  limits.max_delay = parts_.parameters.max_throttle_delay;
  return lanes_.try_emplace(key, limits).first->second;
}

void EventQueue::enqueue(const std::string& key) {
  const AcceptedEvent& event = events_.at(key).event;
  lane_of(event).ready.push_back(key);
  pump({event.order.function.name, event.order.function.qualifier});
}

void EventQueue::pump(const LaneKey& key) {
  const auto at = lanes_.find(key);
  if (at == lanes_.end() || stopped_) return;
  Lane& lane = at->second;
  while (!lane.paused && !lane.ready.empty() && lane.window.has_room(lane.under_way)) {
    const std::string next = std::move(lane.ready.front());
    lane.ready.pop_front();
    const AcceptedEvent& event = events_.at(next).event;
    if (const Rules rules = parts_.targets.rules(event.order);
        parts_.wall_clock() >= event.accepted_at + rules.event_age) {
      finish(next, too_old(), rules, Verdict::age_exceeded);
      continue;
    }
    ++lane.under_way;
    parts_.targets.attempt(event.order, [this, next](const Outcome& outcome) { attempted(next, outcome); });
  }
  if (lane.ready.empty() && lane.under_way == 0) lanes_.erase(at);
}

void EventQueue::settle_window(const LaneKey& key, const Outcome& outcome) {
  Lane& lane = lanes_.at(key);
  --lane.under_way;
  if (outcome.kind != Outcome::Kind::throttled) return lane.window.succeeded();
  const auto pause = lane.window.throttled(lane.under_way);
  if (pause.count() == 0) return;
  lane.paused = true;
  lane.pause = parts_.loop.after(pause, [this, key] {
    lanes_.at(key).paused = false;
    pump(key);
  });
}

void EventQueue::attempted(const std::string& key, const Outcome& outcome) {
  Entry& entry = events_.at(key);
  AcceptedEvent& event = entry.event;
  const LaneKey lane{event.order.function.name, event.order.function.qualifier};
  settle_window(lane, outcome);
  if (stopped_ && outcome.kind != Outcome::Kind::success) return;

  if (outcome.kind == Outcome::Kind::function_error) ++event.attempts;
  const Rules rules = parts_.targets.rules(event.order);
  const Verdict verdict = judge(event, outcome, rules, parts_.parameters, parts_.wall_clock());
  if (verdict == Verdict::back_to_queue) {
    lanes_.at(lane).ready.push_front(key);
  } else if (verdict == Verdict::retry_later) {
    event.retry_at = retry_at(event.attempts, parts_.parameters, parts_.wall_clock());
    // Should this write fail, the event still is in the store, as it was: it only counts one attempt less.
    parts_.store.write({written(event)}, [this, id = event.order.request_id](const std::string& failure) {
      if (!failure.empty())
        parts_.warn("event.attempt_not_counted request_id=" + id + " reason=\"" + failure + "\"");
    });
    retry(entry);
  } else {
    finish(key, outcome, rules, verdict);
  }
  pump(lane);
}

void EventQueue::retry(Entry& entry) {
  const auto delay = std::max(entry.event.retry_at - parts_.wall_clock(), WallTime::duration{});
  entry.retry = parts_.loop.after(std::chrono::duration_cast<Clock::duration>(delay),
                                  [this, key = entry.event.key] { enqueue(key); });
}

AcceptedEvent EventQueue::remove(const std::string& key) {
  auto node = events_.extract(key);
  waiting_bytes_ -= bytes_of(node.mapped().event.order);
  return std::move(node.mapped().event);
}

AcceptedEvent EventQueue::event_for_function(const AcceptedEvent& origin, const Records& records) const {
  AcceptedEvent next;
  next.accepted_at = parts_.wall_clock();
  next.order.scope = origin.order.scope;
  next.order.request_id = parts_.new_request_id();
  next.order.trace_id = origin.order.trace_id;
  next.order.payload = records.record;
  next.key = event_key(next.accepted_at, next.order.request_id);
  return next;
}

void EventQueue::finish(const std::string& key, const Outcome& outcome, const Rules& rules, Verdict verdict) {
  AcceptedEvent event = remove(key);
  if (verdict == Verdict::gone) {
    parts_.warn("event.dropped request_id=" + event.order.request_id +
                " function=" + event.order.function.name + " reason=\"" + outcome.message + "\"");
  }
  Records records = records_for(event, outcome, rules, verdict, parts_.wall_clock());
  event.deliveries = std::move(records.dead_letters);

  store::Changes changes;
  std::vector<AcceptedEvent> follow;
  if (is_function(records.destination)) {
    AcceptedEvent next = event_for_function(event, records);
    const auto target = model::parse_function(records.destination, {}, event.order.scope);
    if (target) {
      next.order.function = *target;
      changes.push_back(written(next));
      follow.push_back(std::move(next));
    } else {
      parts_.warn("event.delivery_given_up request_id=" + event.order.request_id +
                  " destination=" + records.destination + " reason=\"" + target.error().message + "\"");
    }
  } else if (!records.destination.empty()) {
    event.deliveries.insert(event.deliveries.begin(), Delivery{records.destination, records.record});
  }
  if (event.deliveries.empty()) {
    changes.push_back(store::DeleteDocument{accepted_event_kind, event.key});
  } else {
    event.order.payload = "{}";  // the records have it
    changes.push_back(written(event));
  }
  parts_.store.write(std::move(changes), [this, event = std::move(event),
                                          follow = std::move(follow)](const std::string& failure) {
    if (!failure.empty()) {
      // It stays in the store as it was and runs once more after the next start.
      return parts_.warn("event.not_forgotten key=" + event.key + " reason=\"" + failure + "\"");
    }
    for (const AcceptedEvent& next : follow) add(next);
    if (!event.deliveries.empty()) deliveries_.begin(event);
  });
}

}  // namespace lmi::emulator::events
