#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/invoke_reply.hpp"
#include "control_plane/services.hpp"
#include "model/base64.hpp"
#include "model/json_text.hpp"

namespace lmi::emulator::control_plane {
namespace {

using State = model::VersionState;
using Fault = std::optional<model::ApiError>;

/// Which version a call is for. Unqualified calls of managed functions go to $LATEST.PUBLISHED.
model::Result<model::Version*> target_version(const Call& call, const model::FunctionReference& reference,
                                              model::Function& function) {
  if (!function.is_managed()) {
    return model::not_implemented(
        "This emulator does not run functions without a capacity provider yet. Create the function with a "
        "CapacityProviderConfig to invoke it.");
  }
  const bool asks_for_latest = reference.qualifier == model::latest;
  if (reference.qualifier.empty() || asks_for_latest) {
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
  model::Version* version = function.find(reference.qualifier);
  if (!version) return function_not_found(call.scope, reference);
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
model::Result<std::string> client_context(const Call& call) {
  const std::string encoded = call.text("ClientContext");
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

void invoke(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) {
    const std::string qualifier{reference->qualifier.empty() ? model::latest : reference->qualifier};
    return call.respond(function_not_found(call.scope, {reference->name, qualifier}));  // recorded so
  }
  model::Function& function = **found;
  const auto version = target_version(call, *reference, function);
  if (!version) return call.respond(version.error());
  if (call.text("LogType") == "Tail") {  // SAM CLI looks for this text
    return call.respond(model::invalid_parameter(
        "Tail logs are not supported for functions configured with capacity provider"));
  }
  Fault fault = check_state(**version);
  if (call.payload.empty()) call.payload = "{}";
  if (!fault) fault = check_payload(call.payload);
  const auto context = client_context(call);
  if (!fault && !context) fault = context.error();
  if (fault) return call.respond(*fault);

  const std::string type = call.text("InvocationType");
  if (type == "DryRun") return call.respond(empty_reply(204));
  if (type == "Event") {
    return call.respond(model::not_implemented(
        "Asynchronous invocations (InvocationType Event) are not supported by this emulator yet. Use "
        "RequestResponse."));
  }

  const std::string& qualifier = (*version)->qualifier;
  const auto& serving = (*version)->serving ? *(*version)->serving : (*version)->configuration;
  InvokeContext about{call.request_id, call.trace_id, qualifier,
                      std::chrono::seconds{serving.timeout_seconds}};
  InvokeCall request;
  request.request_id = call.request_id;
  request.invoked_arn = reference->qualifier.empty() ? function.arn() : function.arn(reference->qualifier);
  request.payload = std::move(call.payload);
  request.content_type = "application/json";
  request.trace_id = call.trace_id;
  request.client_context = *context;
  services.host.invoke({function.name, qualifier}, std::move(request),
                       [about = std::move(about), respond = std::move(call.respond)](InvokeReply outcome) {
                         respond(invoke_reply(about, outcome));
                       });
}

}  // namespace lmi::emulator::control_plane
