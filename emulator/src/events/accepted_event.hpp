#pragma once

#include "model/names.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::events {

using WallTime = std::chrono::system_clock::time_point;

/// What is to be invoked, and with what; the same for every attempt, its request id too.
struct InvokeOrder {
  model::FunctionReference
      function;  ///< As the caller named it: an alias may have moved by the next attempt.
  model::Scope scope;
  std::string request_id;
  std::string trace_id;
  std::string payload;         ///< JSON text.
  std::string client_context;  ///< As sent: base64, or empty.
};

/// A record on its way to somewhere that is no function.
struct Delivery {
  std::string destination;  ///< ARN.
  std::string body;         ///< JSON text, or a dead letter's payload.
  /// Of a dead letter: RequestID, ErrorCode, ErrorMessage. Empty for a destination's record.
  struct Attribute {
    std::string name;
    std::string type;  ///< "String" or "Number".
    std::string value;
  };
  std::vector<Attribute> attributes{};
};

/// An event from its acceptance until nothing is left to do for it.
struct AcceptedEvent {
  std::string key;  ///< Of its document; in order of acceptance.
  InvokeOrder order;
  WallTime accepted_at;
  unsigned attempts = 0;               ///< That ended in an error of the function.
  WallTime retry_at{};                 ///< Not before this.
  std::vector<Delivery> deliveries{};  ///< Not empty: invoking is over, these remain.
};

/// Of documents in the store.
inline constexpr const char* accepted_event_kind = "accepted-event";

/// Unique as long as request ids are; sorts by time.
std::string event_key(WallTime accepted_at, std::string_view request_id);

std::string to_document(const AcceptedEvent& event);
/// Throws std::runtime_error when `document` is none.
AcceptedEvent event_from_document(std::string key, std::string_view document);

}  // namespace lmi::emulator::events
