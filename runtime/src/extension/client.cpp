#include "core/settings.hpp"
#include "extension/client_parts.hpp"
#include "extension/messages.hpp"
#include "invoke/invocation.hpp"
#include "wire/error_report.hpp"

#include <cerrno>
#include <utility>

namespace lmi {
namespace {

using Kind = ExtensionError::Kind;

constexpr std::size_t longest_report = 64 * 1024;

ExtensionError bad_environment(std::string message) {
  return {.kind = Kind::environment, .message = std::move(message)};
}

std::chrono::steady_clock::time_point to_steady(std::optional<std::int64_t> deadline_ms) {
  return invoke::to_deadline(deadline_ms, std::chrono::system_clock::now(), std::chrono::steady_clock::now());
}

}  // namespace

void throw_exception_from_error(const ExtensionError& error, const boost::source_location& /*where*/) {
  throw Error{.type = "ExtensionError", .message = error.message};
}

ExtensionClient::ExtensionClient(std::unique_ptr<Parts> parts) noexcept : parts_{std::move(parts)} {}
ExtensionClient::~ExtensionClient() = default;
ExtensionClient::ExtensionClient(ExtensionClient&&) noexcept = default;
ExtensionClient& ExtensionClient::operator=(ExtensionClient&&) noexcept = default;

ExtensionResult<ExtensionClient> ExtensionClient::from_environment() {
  if (core::from_environment("AWS_LAMBDA_RUNTIME_API").value_or("").empty())
    return bad_environment(
        "AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda extension, which the platform starts "
        "from /opt/extensions");
  const auto settings = core::read_settings(core::from_environment, program_invocation_name);
  if (!settings) return bad_environment(settings.error().message);
  auto endpoint = transport::resolve(settings->api_host, settings->api_port);
  if (!endpoint)
    return bad_environment("AWS_LAMBDA_RUNTIME_API names the host \"" + settings->api_host +
                           "\": expected one that can be resolved (" + endpoint.error() + ")");
  return ExtensionClient{std::make_unique<Parts>(*std::move(endpoint), settings->managed_instances)};
}

bool ExtensionClient::managed_instances() const noexcept {
  return parts_->managed_instances;
}

ExtensionResult<ExtensionRegistration> ExtensionClient::sign_up(const ExtensionSignUp& sign_up) {
  if (auto problem = extension::check_sign_up(sign_up, parts_->managed_instances)) return *std::move(problem);
  const auto body = extension::sign_up_body(sign_up);
  auto reply = parts_->calls.sign_up(sign_up.name, sign_up.account_id ? "accountId" : "", body);
  if (!reply) return extension::to_error("registering extension " + sign_up.name, reply.error());
  parts_->id = reply->id;
  return extension::read_registration(*std::move(reply));
}

ExtensionResult<ExtensionEvent> ExtensionClient::next() {
  const auto reply = parts_->calls.next(parts_->id);
  if (!reply) return extension::to_error("waiting for an event", reply.error());
  auto received = extension::read_event(*reply);
  if (!received) return received.error();
  const auto deadline = to_steady(received->deadline_ms);
  if (auto* invoke = std::get_if<InvokeEvent>(&received->event)) {
    invoke->deadline = deadline;
  } else {
    auto& shutdown = std::get<ShutdownEvent>(received->event);
    std::stop_source source;
    shutdown.deadline = deadline;
    shutdown.stop_token = source.get_token();
    parts_->stop_timer.schedule(deadline, std::move(source));
  }
  return std::move(received->event);
}

ExtensionResult<void> ExtensionClient::report_init_error(const Error& error) {
  const auto sent = parts_->calls.init_error(parts_->id, wire::extension_error_type(error.type),
                                             wire::error_body(error, longest_report));
  if (!sent) return extension::to_error("reporting an init error", sent.error());
  return {};
}

ExtensionResult<void> ExtensionClient::report_exit_error(const Error& error) {
  const auto sent = parts_->calls.exit_error(parts_->id, wire::extension_error_type(error.type),
                                             wire::error_body(error, longest_report));
  if (!sent) return extension::to_error("reporting an exit error", sent.error());
  return {};
}

void ExtensionClient::interrupt() {
  parts_->calls.interrupt();
}

}  // namespace lmi
