#include "control_plane/control_plane.hpp"

#include "access/signature.hpp"
#include "access/verifier.hpp"
#include "control_plane/actions.hpp"
#include "control_plane/function_targets.hpp"
#include "control_plane/guard.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/provisioning.hpp"
#include "control_plane/render.hpp"
#include "control_plane/services.hpp"
#include "control_plane/sts.hpp"
#include "control_plane/url_address.hpp"
#include "control_plane/url_gateway.hpp"
#include "model/api_model.hpp"
#include "model/binder.hpp"
#include "model/quotas.hpp"
#include "model/router.hpp"
#include "observe/cloudwatch_endpoint.hpp"
#include "store/layer_json.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

/// One request on its way through.
struct Request {
  http::ExchangePtr exchange;
  model::Route route;
  std::string request_id;
  model::Scope scope;
  std::optional<access::Verifier::Claim> claim;  ///< Where signatures are verified.
};

/// What is wrong with the signature, now that the whole body is there.
std::optional<model::ApiError> refuted(const std::optional<access::Verifier::Claim>& claim,
                                       const http::Head& head, std::string_view body) {
  if (!claim) return std::nullopt;
  return access::Verifier::refute(*claim, head, access::sha256_hex(body));
}

/// Bodies above this are hashed and parsed off the loop: a package in base64 would hold up every invocation.
constexpr std::size_t background_bytes = 256 * 1024;

bool carries_code(const std::string& operation) {
  return operation == "CreateFunction" || operation == "UpdateFunctionCode" ||
         operation == "PublishLayerVersion";
}

/// Requests must be smaller than AWS's number for code, and no larger than it for payloads.
std::size_t body_limit(const model::Operation& operation) {
  if (carries_code(operation.name)) return model::quotas::request_bytes - 1;
  return operation.payload_member() ? model::quotas::sync_payload_bytes : model::quotas::other_request_bytes;
}

model::ApiError too_large(const model::Operation& operation) {
  if (operation.payload_member()) {  // from memory of AWS's text
    return {"RequestTooLargeException", "Request must be smaller than " +
                                            std::to_string(model::quotas::sync_payload_bytes + 1) +
                                            " bytes for the " + operation.name + " operation"};
  }
  return {"RequestEntityTooLargeException", "Request must be smaller than " +  // recorded
                                                std::to_string(body_limit(operation) + 1) +
                                                " bytes for the " + operation.name + " operation"};
}

}  // namespace

struct ControlPlane::Parts {
  Parts(Loop& loop, store::Store& store_, VersionHost& host, ControlPlaneConfig config_)
      : config{std::move(config_)},
        store{store_},
        packages{store_.packages(), registry},
        deployments{{store_, host, registry, packages}},
        settling{loop},
        routing{config.routing_seed},
        targets{loop, services},
        outbox{loop, config.client, config.places},
        events{{loop, store_, targets, outbox, config.events, config.wall_clock, random_uuid, config.warn}},
        mappings{{loop, settling, targets, config}},
        code{config.client, config.s3_endpoint},
        services{config,   store_,  host,   registry, packages, deployments,
                 settling, routing, events, mappings, code} {}

  void answer(const http::ExchangePtr& exchange, const std::string& request_id,
              const model::Result<Reply>& outcome) {
    exchange->respond(render(model, outcome, request_id));
  }

  model::Result<std::optional<access::Verifier::Claim>> admit(const http::Head& head,
                                                              std::string_view service) const;

  /// An AWS service beside Lambda: what it signs for, and how it answers the request it was made for.
  struct OtherService {
    std::string_view signing_name;
    std::size_t body_limit;
    std::function<http::Response(std::string_view body)> answer;
    std::function<http::Response(const model::ApiError&)> refuse;
  };
  std::optional<OtherService> other_service(const http::ExchangePtr& exchange,
                                            const std::string& request_id) const;
  void answer_other(const http::ExchangePtr& exchange, OtherService service) const;

  void body_arrived(Request request, http::Body body);
  void perform(Request request, model::Result<model::BoundInput> bound, std::string payload);
  void answer_operation(const http::ExchangePtr& exchange, const std::string& request_id,
                        const model::Result<Reply>& outcome);

  ControlPlaneConfig config;
  store::Store& store;
  model::ApiModel model = model::ApiModel::load();
  model::Router router{model};
  Registry registry;
  PackageUse packages;
  Deployments deployments;
  Settling settling;
  WeightedChoice routing;
  FunctionTargets targets;
  events::Outbox outbox;
  events::EventQueue events;
  EventSourceMappings mappings;
  CodeSource code;
  Services services;
  std::string store_failure;  ///< Not empty: memory holds what the store does not.
  UrlGateway urls{services, model};
};

ControlPlane::ControlPlane(Loop& loop, store::Store& store, VersionHost& host, ControlPlaneConfig config)
    : parts_{std::make_unique<Parts>(loop, store, host, std::move(config))} {}
ControlPlane::~ControlPlane() = default;

void ControlPlane::restore() {
  store::Contents contents = parts_->store.take_contents();
  for (model::CapacityProvider& provider : contents.providers) {
    provider.state = model::CapacityProvider::State::active;
    parts_->registry.providers[provider.name] = std::move(provider);
  }
  for (model::Function& function : contents.functions) {
    // What was settling when the emulator ended has settled.
    function.latest.status = {.state = function.is_managed() ? model::VersionState::active_non_invocable
                                                             : model::VersionState::active,
                              .update = model::UpdateState::successful};
    parts_->registry.functions[function.name] = std::move(function);
  }
  for (const store::Document& document : contents.documents) {
    if (document.kind == store::layer_kind) {
      parts_->registry.layers[document.key] = store::layer_from_document(document.json);
    }
  }
  parts_->packages.sweep();
  parts_->deployments.restore();
  for (const auto& [name, function] : parts_->registry.functions) provision(parts_->services, name);
  for (const store::Document& document : contents.documents) {
    if (document.kind == events::accepted_event_kind)
      parts_->events.restore(events::event_from_document(document.key, document.json));
    if (document.kind == event_source_mapping_kind) parts_->mappings.restore(document.key, document.json);
  }
}

void ControlPlane::stop() {
  parts_->events.stop();
  parts_->mappings.stop();
  if (const std::size_t left = parts_->events.waiting(); left > 0)
    parts_->config.warn("events.left_for_next_start count=" + std::to_string(left));
}

bool ControlPlane::is_for_function_url(const http::Head& head) {
  return url_address(head).has_value();
}

model::Result<std::optional<access::Verifier::Claim>> ControlPlane::Parts::admit(
    const http::Head& head, std::string_view service) const {
  if (config.verifier) {
    auto claim = config.verifier->examine(head, service);
    if (!claim) return claim.error();
    return std::optional{*std::move(claim)};
  }
  if (credential_of(head).present) return std::optional<access::Verifier::Claim>{};
  // AWS knows no unsigned request either; a configuration holds the function's variables, a web page cannot
  // sign.
  return model::ApiError{"MissingAuthenticationTokenException", "Missing Authentication Token"};
}

void ControlPlane::Parts::answer_other(const http::ExchangePtr& exchange, OtherService service) const {
  auto claim = admit(exchange->head(), service.signing_name);
  if (!claim) return exchange->respond(service.refuse(claim.error()));
  exchange->read_body(
      service.body_limit, [exchange, service, claim = *std::move(claim)](const http::Body& body) {
        if (body.end == http::BodyEnd::disconnected) return;
        if (body.end != http::BodyEnd::complete) {  // text: ours
          return exchange->respond(
              service.refuse({"SerializationException", "The request's body is too large, or was cut off."}));
        }
        auto problem = refuted(claim, exchange->head(), body.data);
        exchange->respond(problem ? service.refuse(*problem) : service.answer(body.data));
      });
}

std::optional<ControlPlane::Parts::OtherService> ControlPlane::Parts::other_service(
    const http::ExchangePtr& exchange, const std::string& id) const {
  const http::Head& head = exchange->head();  // stays as long as the exchange
  if (const auto* metrics = config.cloudwatch; metrics && metrics->owns(head)) {
    return OtherService{
        metrics->signing_name, metrics->body_limit,
        [metrics, &head, id](std::string_view body) { return metrics->answer(head, body, id); },
        [&head, id](const model::ApiError& error) {
          return observe::CloudWatchEndpoint::refuse(head, error, id);
        }};
  }
  if (!sts::owns(head.target)) return std::nullopt;
  return OtherService{
      "sts", sts::body_limit,
      [this, &head, id](std::string_view body) { return sts::answer(head, body, config.account_id, id); },
      [id](const model::ApiError& error) { return sts::refuse(error, id); }};
}

void ControlPlane::handle(http::ExchangePtr exchange) {
  const std::string request_id = random_uuid();
  const http::Head& head = exchange->head();
  const ControlPlaneConfig& config = parts_->config;
  if (auto address = url_address(head)) {
    // As of every operation, see answer_operation(); a foreign host is refused without it.
    if (!parts_->store_failure.empty() && !refuse_foreign_host(head, config.address))
      return parts_->answer(exchange, request_id, model::service_error(parts_->store_failure));
    return parts_->urls.handle(std::move(exchange), *std::move(address), request_id);
  }
  if (auto refusal = config.verifier ? refuse_browser(head) : refuse_web_page(head, config.address)) {
    return parts_->answer(exchange, request_id,
                          model::ApiError{"AccessDeniedException", *std::move(refusal)});
  }
  if (auto other = parts_->other_service(exchange, request_id)) {
    return parts_->answer_other(exchange, *std::move(other));
  }
  auto claim = parts_->admit(head, "lambda");
  if (!claim) return parts_->answer(exchange, request_id, claim.error());
  auto route = parts_->router.route(head.method, head.target);
  if (!route) {  // text: ours
    return parts_->answer(
        exchange, request_id,
        model::ApiError{"UnknownOperationException", "This emulator knows no operation " + head.method + " " +
                                                         head.target + " of the Lambda API."});
  }
  if (!action_for(route->operation->name)) {
    return parts_->answer(
        exchange, request_id,
        model::not_implemented("This emulator does not support the operation " + route->operation->name +
                               " yet. It supports " + supported_operations() + "."));
  }
  const std::size_t limit = body_limit(*route->operation);
  std::string region = credential_of(head).region;
  if (region.empty()) region = config.region;
  Request request{
      exchange, std::move(*route), request_id, {std::move(region), config.account_id}, *std::move(claim)};
  exchange->read_body(limit, [parts = parts_.get(), request = std::move(request)](http::Body body) mutable {
    parts->body_arrived(std::move(request), std::move(body));
  });
}

void ControlPlane::Parts::body_arrived(Request request, http::Body body) {
  const model::Operation& operation = *request.route.operation;
  switch (body.end) {
    case http::BodyEnd::disconnected: return;
    case http::BodyEnd::too_large: return answer(request.exchange, request.request_id, too_large(operation));
    case http::BodyEnd::truncated:
      return answer(request.exchange, request.request_id,
                    model::ApiError{"InvalidRequestContentException", "The request's body ended too early."});
    case http::BodyEnd::complete: break;
  }
  // Shared between the job and its end, which run one after the other.
  struct Work {
    Request request;
    std::string text;
    std::optional<model::Result<model::BoundInput>> bound;

    void verify_and_bind() {
      const http::Head& head = request.exchange->head();
      if (auto problem = refuted(request.claim, head, text)) {
        bound = *std::move(problem);
        return;
      }
      try {
        bound = model::bind_input(
            request.route, [&head](std::string_view name) { return head.headers.find(name); }, text);
      } catch (const std::exception& error) {
        bound = model::service_error(std::string{"internal error: "} + error.what());
      }
    }
  };
  const bool only_passed_on = operation.payload_member() && !request.claim;
  const bool quick = only_passed_on || body.data.size() <= background_bytes;
  auto work = std::make_shared<Work>(Work{std::move(request), std::move(body.data), std::nullopt});
  auto end = [this, work] {
    perform(std::move(work->request), std::move(*work->bound), std::move(work->text));
  };
  if (quick) {
    work->verify_and_bind();
    return end();
  }
  store.packages().in_background([work] { work->verify_and_bind(); }, std::move(end));
}

/// A fault may be the store's: after one, what memory holds is no longer what the file holds, and states
/// could be left by no later call. Then nothing is answered any more but that. The store says so at every
/// write, also of nothing.
void ControlPlane::Parts::answer_operation(const http::ExchangePtr& exchange, const std::string& request_id,
                                           const model::Result<Reply>& outcome) {
  if (outcome || outcome.error().code != model::service_error({}).code)
    return answer(exchange, request_id, outcome);
  store.write({}, [this, exchange, request_id, outcome](const std::string& failure) {
    if (!failure.empty() && store_failure.empty()) {
      store_failure = failure;
      config.warn("store.failed reason=\"" + failure + "\"");
    }
    answer(exchange, request_id, outcome);
  });
}

void ControlPlane::Parts::perform(Request request, model::Result<model::BoundInput> bound,
                                  std::string payload) {
  if (!store_failure.empty())
    return answer(request.exchange, request.request_id, model::service_error(store_failure));
  if (!bound) return answer(request.exchange, request.request_id, bound.error());
  Call call;
  call.input = std::move(bound->members);
  if (request.route.operation->payload_member()) call.payload = std::move(payload);
  call.scope = std::move(request.scope);
  call.request_id = request.request_id;
  call.trace_id = request.exchange->head().headers.get("X-Amzn-Trace-Id");
  if (call.trace_id.empty()) call.trace_id = new_trace_id(config.wall_clock());
  call.respond = [this, exchange = request.exchange, id = request.request_id](
                     const model::Result<Reply>& outcome) { answer_operation(exchange, id, outcome); };
  call.host = request.exchange->head().headers.get("Host");
  call.begin_stream = [this, exchange = request.exchange, id = request.request_id](Reply head) {
    return exchange->begin_response(render(model, model::Result<Reply>{std::move(head)}, id));
  };
  try {
    action_for(request.route.operation->name)(services, std::move(call));
  } catch (const std::exception& error) {
    // A fault of one operation costs its request, not the emulator.
    config.warn("request.failed operation=" + request.route.operation->name +
                " request_id=" + request.request_id + " reason=\"" + error.what() + "\"");
    answer(request.exchange, request.request_id,
           model::service_error(std::string{"internal error: "} + error.what()));
  }
}

}  // namespace lmi::emulator::control_plane
