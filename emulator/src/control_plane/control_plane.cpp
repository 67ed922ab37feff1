#include "control_plane/control_plane.hpp"

#include "control_plane/actions.hpp"
#include "control_plane/function_targets.hpp"
#include "control_plane/guard.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/render.hpp"
#include "control_plane/services.hpp"
#include "model/api_model.hpp"
#include "model/binder.hpp"
#include "model/quotas.hpp"
#include "model/router.hpp"

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
};

/// Bodies above this are parsed off the loop: a package in base64 would hold up every invocation.
constexpr std::size_t background_bytes = 256 * 1024;

bool carries_code(const std::string& operation) {
  return operation == "CreateFunction" || operation == "UpdateFunctionCode";
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
        targets{loop, services},
        outbox{loop, config.client, config.places},
        events{{loop, store_, targets, outbox, config.events, config.wall_clock, random_uuid, config.warn}},
        mappings{{loop, settling, targets, config}},
        services{config, store_, host, registry, packages, deployments, settling, events, mappings} {}

  void answer(const http::ExchangePtr& exchange, const std::string& request_id,
              const model::Result<Reply>& outcome) {
    exchange->respond(render(model, outcome, request_id));
  }

  void body_arrived(Request request, http::Body body);
  void perform(Request request, model::Result<model::BoundInput> bound, std::string payload);

  ControlPlaneConfig config;
  store::Store& store;
  model::ApiModel model = model::ApiModel::load();
  model::Router router{model};
  Registry registry;
  PackageUse packages;
  Deployments deployments;
  Settling settling;
  FunctionTargets targets;
  events::Outbox outbox;
  events::EventQueue events;
  EventSourceMappings mappings;
  Services services;
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
  parts_->packages.sweep();
  parts_->deployments.restore();
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

void ControlPlane::handle(http::ExchangePtr exchange) {
  const std::string request_id = random_uuid();
  const http::Head& head = exchange->head();
  if (auto refusal = refuse_web_page(head, parts_->config.address)) {
    return parts_->answer(exchange, request_id,
                          model::ApiError{"AccessDeniedException", *std::move(refusal)});
  }
  auto route = parts_->router.route(head.method, head.target);
  if (!route) {  // text: ours
    return parts_->answer(
        exchange, request_id,
        model::ApiError{"UnknownOperationException",
                        "The Lambda API has no operation " + head.method + " " + head.target + "."});
  }
  const Credential credential = credential_of(head);
  if (!credential.present && head.method != "GET") {
    return parts_->answer(
        exchange, request_id,
        model::ApiError{"MissingAuthenticationTokenException", "Missing Authentication Token"});
  }
  if (!action_for(route->operation->name)) {
    return parts_->answer(
        exchange, request_id,
        model::not_implemented("This emulator does not support the operation " + route->operation->name +
                               " yet. It supports capacity providers, functions, versions, scaling "
                               "configurations and Invoke."));
  }
  const std::size_t limit = body_limit(*route->operation);
  Request request{
      exchange,
      std::move(*route),
      request_id,
      {credential.present ? credential.region : parts_->config.region, parts_->config.account_id}};
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
  const auto header_of = [exchange = request.exchange](std::string_view name) {
    return exchange->head().headers.find(name);
  };
  if (operation.payload_member() || body.data.size() <= background_bytes) {
    auto bound = model::bind_input(request.route, header_of, body.data);
    return perform(std::move(request), std::move(bound), std::move(body.data));
  }
  // Shared between the job and its end, which run one after the other.
  struct Work {
    Request request;
    std::string text;
    std::optional<model::Result<model::BoundInput>> bound;
  };
  auto work = std::make_shared<Work>(Work{std::move(request), std::move(body.data), std::nullopt});
  store.packages().in_background(
      [work, header_of] { work->bound = model::bind_input(work->request.route, header_of, work->text); },
      [this, work] { perform(std::move(work->request), std::move(*work->bound), {}); });
}

void ControlPlane::Parts::perform(Request request, model::Result<model::BoundInput> bound,
                                  std::string payload) {
  if (!bound) return answer(request.exchange, request.request_id, bound.error());
  Call call;
  call.input = std::move(bound->members);
  if (request.route.operation->payload_member()) call.payload = std::move(payload);
  call.scope = std::move(request.scope);
  call.request_id = request.request_id;
  call.trace_id = request.exchange->head().headers.get("X-Amzn-Trace-Id");
  if (call.trace_id.empty()) call.trace_id = new_trace_id(config.wall_clock());
  call.respond = [this, exchange = request.exchange, id = request.request_id](
                     const model::Result<Reply>& outcome) { answer(exchange, id, outcome); };
  action_for(request.route.operation->name)(services, std::move(call));
}

}  // namespace lmi::emulator::control_plane
