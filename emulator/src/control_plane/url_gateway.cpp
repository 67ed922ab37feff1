#include "control_plane/url_gateway.hpp"

#include "access/signature.hpp"
#include "access/verifier.hpp"
#include "control_plane/guard.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/invocation.hpp"
#include "control_plane/services.hpp"
#include "control_plane/url_caller.hpp"
#include "control_plane/url_cors.hpp"
#include "control_plane/url_event.hpp"
#include "control_plane/url_policy.hpp"
#include "control_plane/url_response.hpp"
#include "control_plane/url_stream.hpp"
#include "model/quotas.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

struct FoundUrl {
  const model::Function* function = nullptr;
  const model::FunctionUrl* url = nullptr;
};

/// Looks through all functions: there are few, and looking costs less than an invocation by far.
FoundUrl find_url(const Registry& registry, const std::string& id) {
  for (const auto& [name, function] : registry.functions) {
    for (const auto& [qualifier, url] : function.urls) {
      if (url.id == id) return {&function, &url};
    }
  }
  return {};
}

/// Whether the policy of the function, or of the alias that has the URL, lets everybody in.
bool is_public(const model::Function& function, const model::FunctionUrl& url) {
  const auto policy = function.policies.find(url.qualifier.empty() ? model::latest : url.qualifier);
  if (policy == function.policies.end()) return false;
  return lets_everybody_in(policy->second,
                           url.qualifier.empty() ? function.arn() : function.arn(url.qualifier));
}

/// The response to an answer that came whole.
void respond_whole(const UrlCaller& caller, const InvokeContext& about, const InvokeReply& reply) {
  if (reply.kind != InvokeReply::Kind::success) return caller.fail(about, reply);
  auto response = response_of(reply.body, reply.content_type);
  caller.respond(response ? *std::move(response) : bad_gateway());
}

void invoke_whole(Services& services, Invocation invocation, UrlCaller caller) {
  services.host.invoke(invocation.key, std::move(invocation.call),
                       [about = std::move(invocation.about), caller = std::move(caller)](
                           const InvokeReply& reply) { respond_whole(caller, about, reply); });
}

void invoke_streaming(Services& services, Invocation invocation, UrlCaller caller) {
  // Shared by the environment, which streams into it, and the callback, which ends it.
  const auto stream = std::make_shared<UrlStream>(std::move(caller), std::move(invocation.about));
  invocation.call.sink = stream;
  services.host.invoke(invocation.key, std::move(invocation.call),
                       [stream](const InvokeReply& reply) { stream->end(reply); });
}

}  // namespace

/// A request whose body is being read, with copies of what it needs of its URL, which may be deleted
/// meanwhile.
struct UrlGateway::Request {
  UrlCaller caller;
  UrlAddress address;
  model::FunctionReference function;
  model::Scope scope;
  bool is_signed = false;
  bool streams = false;
  std::optional<access::Verifier::Claim> claim;  ///< To be checked against the body.
};

void UrlGateway::handle(http::ExchangePtr exchange, UrlAddress address, const std::string& request_id) {
  const http::Head& head = exchange->head();
  UrlCaller caller{
      .model = model_, .exchange = exchange, .request_id = request_id, .in_path = address.in_path};
  if (auto refusal = refuse_foreign_host(head, services_.config.address)) {
    return caller.refuse({"AccessDeniedException", *std::move(refusal)});
  }
  const FoundUrl found = find_url(services_.registry, address.id);
  if (!found.url) return caller.respond(no_such_url());
  // Only a URL that anybody may call is one that web pages may call.
  caller.origin = head.headers.get("Origin");
  const bool is_refused = !caller.origin.empty() || !credential_of(head).present;
  if (found.url->needs_signature && is_refused) return caller.respond(forbidden());
  std::optional<access::Verifier::Claim> claim;
  if (const auto* verifier = services_.config.verifier; verifier && found.url->needs_signature) {
    auto examined = verifier->examine(head, "lambda");
    if (!examined) return caller.respond(forbidden());
    claim = *std::move(examined);
  }
  caller.cors = found.url->cors;
  if (caller.cors && is_preflight(head)) {
    http::Response response = preflight_response(*std::exchange(caller.cors, std::nullopt), head);
    return caller.respond(std::move(response));
  }
  // Behind an option: what is created here would mostly lack the policy, and have worked so far. A preflight
  // is answered without it, since a browser sends no more than that on its own.
  const bool is_judged = services_.config.enforces_url_policies && !found.url->needs_signature;
  if (is_judged && !is_public(*found.function, *found.url)) return caller.respond(forbidden());
  caller.trace_id = head.headers.get("X-Amzn-Trace-Id");
  if (caller.trace_id.empty()) caller.trace_id = new_trace_id(services_.config.wall_clock());

  Request request{
      std::move(caller),     std::move(address),         {found.function->name, found.url->qualifier},
      found.function->scope, found.url->needs_signature, found.url->streams_response,
      std::move(claim)};
  exchange->read_body(model::quotas::sync_payload_bytes,
                      [this, request = std::move(request)](const http::Body& body) mutable {
                        body_arrived(std::move(request), body);
                      });
}

void UrlGateway::body_arrived(Request request, const http::Body& body) {
  UrlCaller& caller = request.caller;
  switch (body.end) {
    case http::BodyEnd::disconnected: return;
    case http::BodyEnd::too_large: return caller.respond(request_too_large());
    case http::BodyEnd::truncated:  // text: ours
      return caller.refuse({"InvalidRequestContentException", "The request's body ended too early."});
    case http::BodyEnd::complete: break;
  }
  if (request.claim &&
      access::Verifier::refute(*request.claim, caller.exchange->head(), access::sha256_hex(body.data))) {
    return caller.respond(forbidden());
  }
  std::string event = url_event({.address = request.address,
                                 .head = caller.exchange->head(),
                                 .body = body.data,
                                 .request_id = caller.request_id,
                                 .trace_id = caller.trace_id,
                                 .account_id = request.scope.account_id,
                                 .is_signed = request.is_signed,
                                 .time = services_.config.wall_clock()});
  if (event.size() > model::quotas::sync_payload_bytes) return caller.respond(request_too_large());
  auto invocation = prepare_invocation(services_, {std::move(request.function),
                                                   std::move(request.scope),
                                                   caller.request_id,
                                                   caller.trace_id,
                                                   std::move(event),
                                                   {}});
  if (!invocation) return caller.refuse(invocation.error());
  (request.streams ? invoke_streaming : invoke_whole)(services_, *std::move(invocation), std::move(caller));
}

}  // namespace lmi::emulator::control_plane
