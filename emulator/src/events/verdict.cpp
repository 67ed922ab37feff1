#include "events/verdict.hpp"

#include "model/json_text.hpp"
#include "model/utc_time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Kind = Outcome::Kind;

std::string text_of(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// A payload as it stands in a record: JSON as itself, anything else as a string. Never as a parsed value:
/// payloads may be nested deeper than writing one could follow.
std::string embedded(const std::string& payload) {
  return json::accept(payload) ? model::json_on_one_line(payload) : text_of(payload);
}

const char* condition_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::succeeded: return "Success";
    case Verdict::age_exceeded: return "EventAgeExceeded";
    default: return "RetriesExhausted";
  }
}

bool ran(const Outcome& outcome) {
  return outcome.kind == Kind::success || outcome.kind == Kind::function_error;
}

/// Members, their order and the form of the time: recorded.
std::string record_text(const AcceptedEvent& event, const Outcome& outcome, Verdict verdict, WallTime now) {
  const InvokeOrder& order = event.order;
  // The function's ARN bears the alias or version that was asked for, else the version that ran.
  std::string qualifier = order.function.qualifier;
  if (qualifier.empty()) qualifier = outcome.executed_version;
  if (qualifier.empty()) qualifier = model::latest;
  const unsigned invoked = event.attempts + (outcome.kind == Kind::success ? 1U : 0U);
  const ordered_json record = {
      {"version", "1.0"},
      {"timestamp", model::utc_text(now)},
      {"requestContext",
       {{"requestId", order.request_id},
        {"functionArn", model::function_arn(order.scope, order.function.name, qualifier)},
        {"condition", condition_name(verdict)},
        {"approximateInvokeCount", invoked}}}};
  std::string text = text_of(record);
  text.pop_back();  // open again for what is there as text
  text += R"(,"requestPayload":)" + embedded(order.payload);
  if (ran(outcome)) {
    ordered_json context = {{"statusCode", 200}, {"executedVersion", outcome.executed_version}};
    if (outcome.kind == Kind::function_error) context["functionError"] = "Unhandled";
    text += R"(,"responseContext":)" + text_of(context);
    text += R"(,"responsePayload":)" + embedded(outcome.payload);
  }
  return text + "}";
}

/// Attributes and their types: recorded. AWS documentation: ErrorMessage is the first KB of the message.
Delivery dead_letter(const AcceptedEvent& event, const Outcome& outcome, const std::string& target) {
  constexpr std::size_t longest_message = 1024;
  std::string message = outcome.message;
  if (const auto error = json::parse(outcome.payload, nullptr, false); error.is_object()) {
    if (const auto at = error.find("errorMessage"); at != error.end() && at->is_string()) message = *at;
  }
  std::size_t end = std::min(message.size(), longest_message);
  while (end < message.size() && end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0U) == 0x80U)
    --end;
  message.resize(end);  // never within a character
  return {target,
          event.order.payload,
          {{"RequestID", "String", event.order.request_id},
           {"ErrorCode", "Number", ran(outcome) ? "200" : "429"},
           {"ErrorMessage", "String", message}}};
}

}  // namespace

WallTime retry_at(unsigned attempts, const Parameters& parameters, WallTime now) {
  const std::size_t last = parameters.retry_delays.size() - 1;
  return now + parameters.retry_delays.at(std::min<std::size_t>(attempts == 0 ? 0 : attempts - 1, last));
}

Verdict judge(const AcceptedEvent& event, const Outcome& outcome, const Rules& rules,
              const Parameters& parameters, WallTime now) {
  const WallTime end_of_life = event.accepted_at + rules.event_age;
  switch (outcome.kind) {
    case Kind::success: return Verdict::succeeded;
    case Kind::gone: return Verdict::gone;
    case Kind::throttled: return now < end_of_life ? Verdict::back_to_queue : Verdict::age_exceeded;
    case Kind::function_error: break;
  }
  if (event.attempts > rules.retry_attempts) return Verdict::retries_exhausted;
  // Recorded: an event whose next attempt would come too late fails at once, with its last answer.
  return retry_at(event.attempts, parameters, now) < end_of_life ? Verdict::retry_later
                                                                 : Verdict::age_exceeded;
}

Records records_for(const AcceptedEvent& event, const Outcome& outcome, const Rules& rules, Verdict verdict,
                    WallTime now) {
  Records records;
  if (verdict == Verdict::gone) return records;
  records.destination = verdict == Verdict::succeeded ? rules.on_success : rules.on_failure;
  if (!records.destination.empty()) records.record = record_text(event, outcome, verdict, now);
  if (verdict != Verdict::succeeded && !rules.dead_letter.empty())
    records.dead_letters.push_back(dead_letter(event, outcome, rules.dead_letter));
  return records;
}

}  // namespace lmi::emulator::events
