#include "lmi/idempotency.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace lmi {

Idempotency::Idempotency(IdempotencyStore& store, Key key) : store_{store}, key_{std::move(key)} {}

Decision Idempotency::before(const RawEvent& event, Context& context) {
  auto key = key_(event, context);
  if (key.empty()) return go_on;
  auto claim = store_.claim(key, context.deadline());
  if (auto* stored = std::get_if<IdempotencyStore::Stored>(&claim)) return std::move(*stored);
  if (const auto* claimed = std::get_if<IdempotencyStore::Claimed>(&claim)) {
    of(context) = {.key = std::move(key), .ticket = claimed->ticket};
    return go_on;
  }
  return Error{.type = "IdempotencyInProgress",
               .message = "an invocation with the same idempotency key is running"};
}

void Idempotency::after(Context& context, Completion& completion) {
  const auto& claim = of(context);
  if (claim.key.empty()) return;
  if (completion.error() != nullptr) {
    store_.release(claim.key, claim.ticket);
  } else {
    store_.complete(claim.key, claim.ticket, completion.answer());
  }
}

Idempotency::Key key_at(const std::string& pointer) {
  using Pointer = nlohmann::json::json_pointer;
  try {
    return [where = Pointer{pointer}](const RawEvent& event, const Context& /*context*/) {
      const auto json = nlohmann::json::parse(event.data, nullptr, false);
      if (json.is_discarded() || !json.contains(where) || json.at(where).is_null())
        throw Error{.type = "IdempotencyKeyMissing",
                    .message = "the event has nothing at " + where.to_string()};
      return json.at(where).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
  } catch (const nlohmann::json::exception& failure) {
    throw std::invalid_argument{"key_at(\"" + pointer + "\"): " + failure.what()};
  }
}

}  // namespace lmi
