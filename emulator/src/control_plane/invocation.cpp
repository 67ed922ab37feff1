#include "control_plane/invocation.hpp"

#include "control_plane/call.hpp"
#include "control_plane/concurrency_budget.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/services.hpp"
#include "model/base64.hpp"
#include "model/json_text.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using State = model::VersionState;
using Fault = std::optional<model::ApiError>;

/// The qualifier of the version a call is for: an alias of two versions has one drawn.
std::string routed(const Services& services, const model::Function& function, const std::string& qualifier) {
  const model::Alias* alias = function.alias(qualifier);
  if (!alias) return qualifier;
  return alias->second && services.routing.draw(alias->second->weight) ? alias->second->qualifier
                                                                       : alias->version;
}

/// Which version a call is for. Unqualified calls of managed functions go to $LATEST.PUBLISHED.
model::Result<model::Version*> target_version(const InvokeWish& wish, const std::string& qualifier,
                                              model::Function& function) {
  if (!function.is_managed()) {
    model::Version* version = function.find(qualifier);
    if (!version) return function_not_found(wish.scope, wish.reference);
    return version;
  }
  const bool asks_for_latest = qualifier == model::latest;
  if (qualifier.empty() || asks_for_latest) {
    // Both texts and their order: LocalStack.
    if (!function.published) {
      return model::ApiError{
          "NoPublishedVersionException",
          "The function can't be invoked because no published version exists. For functions with "
          "capacity provider configuration, either publish a version to $LATEST.PUBLISHED, or "
          "specify a published version qualifier."};
    }
    if (asks_for_latest) {
      return model::invalid_parameter(
          "Functions configured with capacity provider configuration can't be invoked with $LATEST "
          "qualifier. To "
          "invoke this function, specify a published version qualifier or $LATEST.PUBLISHED.");
    }
    return &*function.published;
  }
  model::Version* version = function.find(qualifier);
  if (!version) return function_not_found(wish.scope, wish.reference);
  return version;
}

Fault check_state(const model::Version& version) {
  if (version.status.state == State::active) return std::nullopt;
  return model::conflict(  // LocalStack's text
      std::string{"The operation cannot be performed at this time. The function is currently in the "
                  "following state: "} +
      version_state_name(version.status.state));
}

Fault check_payload(const std::string& payload) {
  const auto fault = model::json_fault(payload);
  if (!fault) return std::nullopt;
  return model::ApiError{
      "InvalidRequestContentException",  // the recorded form
      "Could not parse request body into json: Could not parse payload into json: " + fault->text};
}

/// The decoded client context, "" when there is none.
model::Result<std::string> client_context(const std::string& encoded) {
  if (encoded.empty()) return std::string{};
  constexpr std::size_t longest = 3583;  // AWS documentation
  const auto bytes = model::base64_decode(encoded);
  std::string text = bytes ? std::string{bytes->begin(), bytes->end()} : std::string{};
  if (!bytes || text.size() > longest || model::json_fault(text)) {
    return model::ApiError{"InvalidRequestContentException",  // text: ours
                           "Client context must be JSON of at most 3583 bytes, encoded in base64."};
  }
  return text;
}

}  // namespace

model::Result<Invocation> prepare_invocation(const Services& services, InvokeWish wish) {
  const auto found = services.registry.function({wish.reference.name, {}}, wish.scope);
  if (!found) {
    const std::string qualifier{wish.reference.qualifier.empty() ? model::latest : wish.reference.qualifier};
    return function_not_found(wish.scope, {wish.reference.name, qualifier});  // recorded so
  }
  model::Function& function = **found;
  const auto version = target_version(wish, routed(services, function, wish.reference.qualifier), function);
  if (!version) return version.error();
  if (auto fault = check_state(**version)) return *fault;
  if (wish.payload.empty()) wish.payload = "{}";
  if (auto fault = check_payload(wish.payload)) return *fault;
  const auto context = client_context(wish.client_context);
  if (!context) return context.error();

  const std::string& qualifier = (*version)->qualifier;
  const auto& serving = (*version)->serving ? *(*version)->serving : (*version)->configuration;
  Invocation invocation;
  invocation.key = {function.name, qualifier};
  invocation.about = {wish.request_id, wish.trace_id, qualifier,
                      std::chrono::seconds{serving.timeout_seconds}};
  invocation.is_managed = function.is_managed();
  InvokeCall& call = invocation.call;
  call.request_id = std::move(wish.request_id);
  call.invoked_arn =
      wish.reference.qualifier.empty() ? function.arn() : function.arn(wish.reference.qualifier);
  call.payload = std::move(wish.payload);
  call.content_type = "application/json";
  call.trace_id = std::move(wish.trace_id);
  call.client_context = *context;
  if (!invocation.is_managed) {
    // What may run at once, of this function and of all that have nothing reserved.
    call.reserved_concurrency = function.reserved_concurrency;
    call.unreserved_concurrency = unreserved_concurrency(services, function.scope.region);
  }
  return invocation;
}

model::Result<Invocation> requested_invocation(const Services& services, Call& call,
                                               const model::FunctionReference& reference) {
  auto invocation = prepare_invocation(services, {reference, call.scope, call.request_id, call.trace_id,
                                                  std::move(call.payload), call.text("ClientContext")});
  if (!invocation) return invocation;
  invocation->call.wants_log_tail = call.text("LogType") == "Tail";
  if (invocation->call.wants_log_tail && invocation->is_managed) {  // SAM CLI looks for this text
    return model::invalid_parameter(
        "Tail logs are not supported for functions configured with capacity provider");
  }
  return invocation;
}

}  // namespace lmi::emulator::control_plane
