#include "environment/extensions_api.hpp"

#include "environment/error_types.hpp"
#include "environment/json_text.hpp"
#include "environment/replies.hpp"
#include "environment/uuid.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::environment {
namespace {

constexpr std::size_t max_body_bytes = 1024 * 1024;
constexpr const char* identifier_header = "Lambda-Extension-Identifier";
constexpr const char* shutdown_event_name = "SHUTDOWN";
constexpr const char* invoke_event_name = "INVOKE";

http::Response forbidden(std::string_view type, std::string_view message) {
  return replies::error(403, type, message);
}

bool contains(const std::vector<std::string>& events, std::string_view wanted) {
  return std::find(events.begin(), events.end(), wanted) != events.end();
}

/// Whether a comma-separated list names `feature`.
bool asks_for(std::string_view features, std::string_view feature) {
  while (!features.empty()) {
    auto item = features.substr(0, features.find(','));
    features.remove_prefix(std::min(features.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item == feature) return true;
  }
  return false;
}

std::string epoch_ms_after(std::chrono::milliseconds duration) {
  const auto moment = (std::chrono::system_clock::now() + duration).time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(moment).count());
}

std::string_view reason_name(ShutdownReason reason) noexcept {
  switch (reason) {
    case ShutdownReason::spindown: return "spindown";
    case ShutdownReason::failure: return "failure";
    case ShutdownReason::timeout: return "timeout";
  }
  return "";
}

}  // namespace

ExtensionsApi::ExtensionsApi(const EnvironmentSpec& spec, std::function<void()> changed)
    : spec_{spec}, changed_{std::move(changed)} {}

std::string_view ExtensionsApi::name_of(State state) noexcept {
  switch (state) {
    case State::started: return "Started";
    case State::registered: return "Registered";
    case State::ready: return "Ready";
    case State::running: return "Running";
    case State::init_error: return "InitError";
    case State::exit_error: return "ExitError";
  }
  return "";
}

http::Response ExtensionsApi::transition_refused(const Extension& extension, State to, std::string_view why) {
  std::string text = "State transition from ";
  text.append(name_of(extension.state)).append(" to ").append(name_of(to)).append(" failed for extension ");
  text.append(to == State::registered ? extension.name : extension.id).append(". Error: ").append(why);
  return forbidden("Extension.InvalidExtensionState", text);
}

void ExtensionsApi::expect_external(std::string name) {
  Extension extension{.name = name, .id = random_uuid(), .external = true, .events = {}, .next = {}};
  extensions_.emplace(std::move(name), std::move(extension));
}

// ---- register ----

void ExtensionsApi::handle_register(http::ExchangePtr exchange) {
  const std::string name{exchange->head().headers.get("Lambda-Extension-Name")};
  auto& target = *exchange;
  target.read_body(max_body_bytes, [this, weak = std::weak_ptr<const bool>(alive_),
                                    exchange = std::move(exchange), name](const http::Body& body) {
    if (!weak.expired()) on_register_body(exchange, name, body);
  });
}

void ExtensionsApi::on_register_body(const http::ExchangePtr& exchange, const std::string& name,
                                     const http::Body& body) {
  if (body.end == http::BodyEnd::too_large) return exchange->respond(replies::too_large(max_body_bytes));
  if (body.end != http::BodyEnd::complete) return exchange->respond(replies::truncated());
  std::vector<std::string> events;
  if (auto refusal = registration_refused(name, body, events)) return exchange->respond(std::move(*refusal));

  auto [entry, is_internal] = extensions_.try_emplace(name);
  Extension& extension = entry->second;
  if (is_internal) {
    extension.name = name;
    extension.id = random_uuid();
  }
  extension.state = State::registered;
  extension.events = std::move(events);
  exchange->respond(registered(extension, exchange->head().headers.get("Lambda-Extension-Accept-Feature")));
  changed_();
}

std::optional<http::Response> ExtensionsApi::registration_refused(const std::string& name,
                                                                  const http::Body& body,
                                                                  std::vector<std::string>& events) const {
  if (name.empty()) return forbidden("Extension.InvalidExtensionName", "Empty extension name");
  std::string invalid;
  auto registration = parse_registration(body.data, invalid);
  if (!registration) return forbidden("InvalidRequestFormat", invalid);
  if (registration->has_configuration_keys) {
    return forbidden("InvalidRequestFormat",
                     "configurationKeys are deprecated; use environment variables instead");
  }
  const auto known = extensions_.find(name);
  const bool external = known != extensions_.end() && known->second.external;
  if (known != extensions_.end() && known->second.state != State::started) {
    if (!external)
      return forbidden("Extension.InvalidExtensionState", "Extension with this name already registered");
    return transition_refused(known->second, State::registered, "state transition is not allowed");
  }
  if (!registration_open_) {
    return forbidden("Extension.RegistrationClosed", "Extension registration closed already");
  }
  if (auto refusal = events_refused(registration->events, external)) return refusal;
  if (!external && extensions_.size() >= max_extensions) {
    return forbidden("Extension.TooManyExtensions",
                     "Extension limit (" + std::to_string(max_extensions) + ") reached");
  }
  events = std::move(registration->events);
  return std::nullopt;
}

std::optional<http::Response> ExtensionsApi::events_refused(const std::vector<std::string>& events,
                                                            bool external) const {
  const bool standard = !spec_.max_concurrency;
  if (!standard && !external && !events.empty()) {
    return forbidden("Extension.InvalidEventType", "No events allowed for internal extensions");
  }
  for (const auto& event : events) {
    if (standard && event == invoke_event_name) continue;
    if (standard && event == shutdown_event_name && !external) {  // runtime-api.md §1.7
      return forbidden("Extension.InvalidEventType",
                       event + ": ShutdownEventNotSupportedForInternalExtension");
    }
    if (event != shutdown_event_name) {
      return forbidden("Extension.InvalidEventType", event + ": ErrorInvalidEventType");
    }
  }
  return std::nullopt;
}

http::Response ExtensionsApi::registered(const Extension& extension, std::string_view features) const {
  std::string body = "{";
  if (asks_for(features, "accountId")) body += R"("accountId":)" + json_quoted(spec_.account_id) + ",";
  body += R"("functionName":)" + json_quoted(spec_.function_name) + R"(,"functionVersion":)" +
          json_quoted(spec_.function_version) + R"(,"handler":)" + json_quoted(spec_.handler) + "}";
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {identifier_header, extension.id}},
          .body = std::move(body)};
}

// ---- calls by identifier ----

/// Answers the caller when it is nobody.
ExtensionsApi::Extension* ExtensionsApi::identified(const http::ExchangePtr& exchange) {
  const std::string* id = exchange->head().headers.find(identifier_header);
  const auto refuse = [&](std::string_view type, std::string_view message) -> Extension* {
    exchange->respond(forbidden(type, message));
    return nullptr;
  };
  if (id == nullptr || id->empty()) {
    return refuse("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
  }
  if (!is_uuid(*id)) {
    return refuse("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
  }
  for (auto& [name, extension] : extensions_) {
    if (extension.id == *id && extension.state != State::started) return &extension;
  }
  return refuse("Extension.UnknownExtensionIdentifier", "Unknown extension " + *id);
}

std::optional<std::string> ExtensionsApi::name_of_sender(const http::ExchangePtr& exchange) {
  const Extension* extension = identified(exchange);
  if (extension == nullptr) return std::nullopt;
  return extension->name;
}

void ExtensionsApi::handle_next(http::ExchangePtr exchange) {
  Extension* extension = identified(exchange);
  if (extension == nullptr) return;
  if (extension->state != State::registered && extension->state != State::running) {
    return exchange->respond(transition_refused(*extension, State::ready, "state transition is not allowed"));
  }
  extension->state = State::ready;
  extension->next = std::move(exchange);
  // A poll that broke off must not lock its extension out: it may poll again.
  extension->next->on_disconnect([weak = std::weak_ptr<const bool>(alive_), extension] {
    if (weak.expired()) return;
    extension->next.reset();
    if (extension->state == State::ready) extension->state = State::running;
  });
  if (!shutdown_event_.empty()) send_shutdown(*extension);
  changed_();
}

void ExtensionsApi::handle_init_error(const http::ExchangePtr& exchange) {
  handle_failure(exchange, State::init_error);
}
void ExtensionsApi::handle_exit_error(const http::ExchangePtr& exchange) {
  handle_failure(exchange, State::exit_error);
}

void ExtensionsApi::handle_failure(const http::ExchangePtr& exchange, State state) {
  Extension* extension = identified(exchange);
  if (extension == nullptr) return;
  const auto& headers = exchange->head().headers;
  const std::string* type = headers.find("Lambda-Extension-Function-Error-Type");
  if (type == nullptr) {
    return exchange->respond(
        forbidden("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found"));
  }
  const bool failed_already = extension->state == State::init_error || extension->state == State::exit_error;
  const bool too_late_for_init = state == State::init_error && extension->state != State::registered;
  if (failed_already || too_late_for_init) {
    return exchange->respond(transition_refused(*extension, state, "state transition is not allowed"));
  }
  extension->state = state;
  const char* fallback = state == State::init_error ? "Extension.InitError" : "Extension.ExitError";
  if (!first_fatal_error_) first_fatal_error_ = error_type::validated_extension(*type, fallback);
  exchange->respond(replies::accepted());
  changed_();
}

// ---- state of all ----

bool ExtensionsApi::every_external_registered() const {
  return std::none_of(extensions_.begin(), extensions_.end(), [](const auto& entry) {
    return entry.second.external && entry.second.state == State::started;
  });
}

bool ExtensionsApi::every_one_ready() const {
  return std::all_of(extensions_.begin(), extensions_.end(),
                     [](const auto& entry) { return entry.second.state == State::ready; });
}

bool ExtensionsApi::any_registered() const {
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [](const auto& entry) { return entry.second.state != State::started; });
}

bool ExtensionsApi::wants_shutdown(const std::string& name) const {
  const auto found = extensions_.find(name);
  return found != extensions_.end() && contains(found->second.events, shutdown_event_name);
}

std::vector<ExtensionsApi::Listed> ExtensionsApi::list() const {
  std::vector<Listed> all;
  for (const auto& [name, extension] : extensions_) {
    all.push_back({name, std::string(name_of(extension.state)), extension.events});
  }
  return all;
}

void ExtensionsApi::announce_invoke(const Invocation& invocation) {
  const auto& arn = invocation.invoked_arn.empty() ? spec_.function_arn : invocation.invoked_arn;
  std::string event = R"({"eventType":"INVOKE","deadlineMs":)" + epoch_ms_after(spec_.timeout) +
                      R"(,"requestId":)" + json_quoted(invocation.request_id) + R"(,"invokedFunctionArn":)" +
                      json_quoted(arn);
  if (!invocation.trace_id.empty()) {
    event += R"(,"tracing":{"type":"X-Amzn-Trace-Id","value":)" + json_quoted(invocation.trace_id) + '}';
  }
  event += '}';
  for (auto& [name, extension] : extensions_) {
    if (extension.next && contains(extension.events, invoke_event_name)) send(extension, event);
  }
}

void ExtensionsApi::announce_shutdown(ShutdownReason reason, std::chrono::milliseconds until_deadline) {
  shutdown_event_ = R"({"eventType":"SHUTDOWN","deadlineMs":)" + epoch_ms_after(until_deadline) +
                    R"(,"shutdownReason":")" + std::string{reason_name(reason)} + "\"}";
  for (auto& [name, extension] : extensions_) send_shutdown(extension);
}

void ExtensionsApi::send_shutdown(Extension& extension) {
  if (!extension.next) return;
  if (extension.state == State::exit_error) {
    const auto refusal = transition_refused(extension, State::ready, "concurrent state modification");
    return std::exchange(extension.next, nullptr)->respond(refusal);
  }
  if (!extension.external || !contains(extension.events, shutdown_event_name)) return;
  send(extension, shutdown_event_);
}

void ExtensionsApi::send(Extension& extension, const std::string& event) {
  extension.state = State::running;
  std::exchange(extension.next, nullptr)
      ->respond({.status = 200, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = event});
}

void ExtensionsApi::drop_all() {
  for (auto& [name, extension] : extensions_) {
    if (const auto next = std::exchange(extension.next, nullptr)) next->drop();
  }
}

}  // namespace lmi::emulator::environment
