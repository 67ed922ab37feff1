#include "events/accepted_event.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::int64_t to_milliseconds(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}
WallTime from_milliseconds(std::int64_t count) {
  return WallTime{milliseconds{count}};
}

json deliveries_document(const std::vector<Delivery>& deliveries) {
  json documents = json::array();
  for (const Delivery& delivery : deliveries) {
    json attributes = json::array();
    for (const auto& [name, type, value] : delivery.attributes) attributes.push_back({name, type, value});
    documents.push_back(
        {{"destination", delivery.destination}, {"body", delivery.body}, {"attributes", attributes}});
  }
  return documents;
}

std::vector<Delivery> deliveries_from(const json& documents) {
  std::vector<Delivery> deliveries;
  for (const json& document : documents) {
    Delivery delivery{document.at("destination"), document.at("body")};
    for (const json& attribute : document.at("attributes"))
      delivery.attributes.push_back({attribute.at(0), attribute.at(1), attribute.at(2)});
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

}  // namespace

std::string event_key(WallTime accepted_at, std::string_view request_id) {
  std::array<char, 24> time{};
  std::snprintf(time.data(), time.size(), "%015lld-", static_cast<long long>(to_milliseconds(accepted_at)));
  return time.data() + std::string{request_id};
}

std::string to_document(const AcceptedEvent& event) {
  const InvokeOrder& order = event.order;
  json document = {{"function", order.function.name},
                   {"qualifier", order.function.qualifier},
                   {"region", order.scope.region},
                   {"account", order.scope.account_id},
                   {"request_id", order.request_id},
                   {"trace_id", order.trace_id},
                   {"payload", order.payload},
                   {"client_context", order.client_context},
                   {"accepted_at", to_milliseconds(event.accepted_at)},
                   {"attempts", event.attempts},
                   {"retry_at", to_milliseconds(event.retry_at)}};
  if (!event.deliveries.empty()) document["deliveries"] = deliveries_document(event.deliveries);
  // Headers and a function's answer come from outside and may be broken UTF-8; the document is always JSON.
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

AcceptedEvent event_from_document(std::string key, std::string_view document) try {
  const json from = json::parse(document);
  AcceptedEvent event;
  event.key = std::move(key);
  event.order = {{from.at("function"), from.at("qualifier")},
                 {from.at("region"), from.at("account")},
                 from.at("request_id"),
                 from.at("trace_id"),
                 from.at("payload"),
                 from.at("client_context")};
  event.accepted_at = from_milliseconds(from.at("accepted_at"));
  event.attempts = from.at("attempts");
  event.retry_at = from_milliseconds(from.at("retry_at"));
  event.deliveries = deliveries_from(from.value("deliveries", json::array()));
  return event;
} catch (const json::exception& error) {
  throw std::runtime_error{std::string{"an accepted event cannot be read: "} + error.what()};
}

}  // namespace lmi::emulator::events
