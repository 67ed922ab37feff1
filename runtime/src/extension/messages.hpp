#pragma once

#include "lmi/extension.hpp"
#include "transport/extension_calls.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What passes between an extension and the platform, as values. Pure.
namespace lmi::extension {

/// An event as the platform sends it, its deadline still on the wall clock.
struct ReceivedEvent {
  ExtensionEvent event;
  std::optional<std::int64_t> deadline_ms;  ///< Milliseconds since 1970.
};

/// Nothing when the platform would take it; else why not.
std::optional<ExtensionError> check_sign_up(const ExtensionSignUp& sign_up, bool managed_instances);

/// {"events":[…]}
std::string sign_up_body(const ExtensionSignUp& sign_up);

ExtensionResult<ExtensionRegistration> read_registration(transport::ExtensionCalls::SignedUp reply);

ExtensionResult<ReceivedEvent> read_event(std::string_view body);

/// The body of PUT /telemetry. `port`: where the subscriber listens.
std::string subscription_body(const TelemetryOptions& options, std::uint16_t port);

/// `call` is what was tried, in words.
ExtensionError to_error(std::string_view call, const transport::CallFailure& failure);

}  // namespace lmi::extension
