#include "extension/messages.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace lmi::extension {
namespace {

using Kind = ExtensionError::Kind;
using nlohmann::json;
using Reason = ShutdownEvent::Reason;

const char* name_of(ExtensionEventKind kind) {
  return kind == ExtensionEventKind::invoke ? "INVOKE" : "SHUTDOWN";
}

const char* name_of(TelemetryType type) {
  switch (type) {
    case TelemetryType::platform: return "platform";
    case TelemetryType::function: return "function";
    case TelemetryType::extension: return "extension";
  }
  return "";
}

/// The member as text; empty when it is absent, null or something else.
std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// AWS's documentation has them in upper case, its emulators in lower and mixed case.
Reason to_reason(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text == "spindown" || text == "sandboxterminated") return Reason::spindown;
  if (text == "timeout") return Reason::timeout;
  if (text == "failure" || text == "releasefail") return Reason::failure;
  return Reason::unknown;
}

ExtensionError bad_reply(std::string_view what, std::string_view body) {
  constexpr std::size_t shown = 200;
  return {.kind = Kind::protocol, .message = std::string{what} + ": " + std::string{body.substr(0, shown)}};
}

ExtensionError bad_argument(std::string message) {
  return {.kind = Kind::argument, .message = std::move(message)};
}

}  // namespace

std::optional<ExtensionError> check_sign_up(const ExtensionSignUp& sign_up, bool managed_instances) {
  if (sign_up.name.empty()) return bad_argument("an extension needs a name");
  const auto wants = [&](ExtensionEventKind kind) {
    return std::find(sign_up.events.begin(), sign_up.events.end(), kind) != sign_up.events.end();
  };
  if (sign_up.internal && wants(ExtensionEventKind::shutdown))
    return bad_argument(
        "an internal extension gets no SHUTDOWN event: its process, the function's, gets SIGTERM");
  if (managed_instances && wants(ExtensionEventKind::invoke))
    return bad_argument(
        "INVOKE events do not exist on Managed Instances "
        "(AWS_LAMBDA_INITIALIZATION_TYPE is lambda-managed-instances): platform.start and platform.report "
        "of the Telemetry API say which invocations ran");
  return std::nullopt;
}

std::string sign_up_body(const ExtensionSignUp& sign_up) {
  auto events = json::array();
  for (const auto kind : sign_up.events) events.push_back(name_of(kind));
  return json{{"events", std::move(events)}}.dump();
}

ExtensionResult<ExtensionRegistration> read_registration(transport::ExtensionCalls::SignedUp reply) {
  const auto body = json::parse(reply.body, nullptr, false);
  if (!body.is_object()) return bad_reply("the reply to a registration is no JSON object", reply.body);
  return ExtensionRegistration{.extension_id = std::move(reply.id),
                               .function_name = text_of(body, "functionName"),
                               .function_version = text_of(body, "functionVersion"),
                               .handler = text_of(body, "handler"),
                               .account_id = text_of(body, "accountId")};
}

ExtensionResult<ReceivedEvent> read_event(std::string_view body) {
  const auto event = json::parse(body, nullptr, false);
  if (!event.is_object()) return bad_reply("the event is no JSON object", body);
  ReceivedEvent received;
  if (const auto deadline = event.find("deadlineMs");
      deadline != event.end() && deadline->is_number_integer())
    received.deadline_ms = deadline->get<std::int64_t>();

  const auto type = text_of(event, "eventType");
  if (type == "SHUTDOWN") {
    auto reason = text_of(event, "shutdownReason");
    received.event =
        ShutdownEvent{.reason = to_reason(reason), .reason_text = reason, .deadline = {}, .stop_token = {}};
  } else if (type == "INVOKE") {
    const auto tracing = event.find("tracing");
    received.event = InvokeEvent{
        .request_id = text_of(event, "requestId"),
        .function_arn = text_of(event, "invokedFunctionArn"),
        .trace_id = tracing != event.end() && tracing->is_object() ? text_of(*tracing, "value") : "",
        .deadline = {}};
  } else {
    return bad_reply("an event of unknown type", body);
  }
  return received;
}

std::string subscription_body(const TelemetryOptions& options, std::uint16_t port) {
  auto types = json::array();
  for (const auto type : options.types) types.push_back(name_of(type));
  const auto& buffering = options.buffering;
  return json{{"schemaVersion", options.schema_version},
              {"types", std::move(types)},
              {"buffering",
               {{"maxItems", buffering.max_items},
                {"maxBytes", buffering.max_bytes},
                {"timeoutMs", buffering.timeout.count()}}},
              {"destination",
               {{"protocol", "HTTP"}, {"URI", "http://sandbox.localdomain:" + std::to_string(port) + "/"}}}}
      .dump();
}

ExtensionError to_error(std::string_view call, const transport::CallFailure& failure) {
  ExtensionError error;
  error.status = failure.status;
  error.message = std::string{call} + ": ";
  if (failure.interrupted) {
    error.kind = Kind::interrupted;
    error.message += "interrupted";
  } else if (failure.status == 0) {
    error.kind = Kind::unreachable;
    error.message += failure.text;
  } else if (failure.status >= 200 && failure.status < 300) {
    error.kind = Kind::protocol;
    error.message += failure.text;
  } else {
    error.kind = Kind::refused;
    const auto body = json::parse(failure.text, nullptr, false);
    if (body.is_object()) error.type = text_of(body, "errorType");
    error.message += "status " + std::to_string(failure.status) + ", " +
                     (error.type.empty() ? failure.text : error.type + ": " + text_of(body, "errorMessage"));
  }
  return error;
}

}  // namespace lmi::extension

namespace lmi {

std::optional<ExtensionError> check_telemetry_options(const TelemetryOptions& options,
                                                      bool managed_instances) {
  using extension::bad_argument;
  const auto outside = [](const char* what, long long value, const char* range) {
    return bad_argument(std::string{what} + " is " + std::to_string(value) + ": the Telemetry API takes " +
                        range);
  };
  if (options.types.empty()) return bad_argument("telemetry needs at least one of its types");
  const auto& buffering = options.buffering;
  if (buffering.max_items < 1000 || buffering.max_items > 10'000)
    return outside("buffering.max_items", buffering.max_items, "1000 to 10000");
  if (buffering.max_bytes < 262'144 || buffering.max_bytes > 1'048'576)
    return outside("buffering.max_bytes", buffering.max_bytes, "262144 to 1048576");
  if (buffering.timeout.count() < 25 || buffering.timeout.count() > 30'000)
    return outside("buffering.timeout", buffering.timeout.count(), "25 to 30000 ms");
  if (options.port == 9001) return bad_argument("port 9001 is the platform's own");
  if (managed_instances && options.schema_version != "2025-01-29")
    return bad_argument("schema_version is \"" + options.schema_version +
                        "\": Managed Instances have 2025-01-29 only");
  return std::nullopt;
}

}  // namespace lmi
