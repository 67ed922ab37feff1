#include "events/deliveries.hpp"

#include <utility>

namespace lmi::emulator::events {

void Deliveries::begin(AcceptedEvent event) {
  const std::string key = event.key;
  under_way_[key].event = std::move(event);
  attempt(key);
}

void Deliveries::attempt(const std::string& key) {
  const auto at = under_way_.find(key);
  if (stopped_ || at == under_way_.end()) return;
  ++at->second.tries;
  parts_.outbox.deliver(at->second.event.deliveries.front(),
                        [this, key](const std::string& failure) { attempted(key, failure); });
}

void Deliveries::attempted(const std::string& key, const std::string& failure) {
  UnderWay& one = under_way_.at(key);
  if (failure.empty()) return next(key);
  const Delivery& delivery = one.event.deliveries.front();
  const std::string about = " request_id=" + one.event.order.request_id +
                            " function=" + one.event.order.function.name +
                            " destination=" + delivery.destination + " attempt=" + std::to_string(one.tries) +
                            " reason=\"" + failure + "\"";
  if (one.tries >= parts_.parameters.sink_attempts) {
    parts_.warn("event.delivery_given_up" + about);
    return next(key);
  }
  parts_.warn("event.delivery_failed" + about);
  const auto delay = parts_.parameters.sink_delay * (1U << (one.tries - 1));
  one.again = parts_.loop.after(delay, [this, key] { attempt(key); });
}

void Deliveries::next(const std::string& key) {
  UnderWay& one = under_way_.at(key);
  auto& deliveries = one.event.deliveries;
  deliveries.erase(deliveries.begin());
  one.tries = 0;
  const auto told = [this, key](const std::string& failure) {
    if (!failure.empty()) parts_.warn("event.not_forgotten key=" + key + " reason=\"" + failure + "\"");
  };
  if (!deliveries.empty()) {
    parts_.store.write({store::PutDocument{{accepted_event_kind, key, to_document(one.event)}}}, told);
    return attempt(key);
  }
  under_way_.erase(key);
  parts_.store.write({store::DeleteDocument{accepted_event_kind, key}}, told);
}

}  // namespace lmi::emulator::events
