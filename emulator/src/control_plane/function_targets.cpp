#include "control_plane/function_targets.hpp"

#include "control_plane/invocation.hpp"
#include "control_plane/invoke_reply.hpp"
#include "control_plane/services.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using events::Outcome;

InvokeWish wish_of(const events::InvokeOrder& order) {
  return {order.function, order.scope, order.request_id, order.trace_id, order.payload, order.client_context};
}

Outcome outcome_of(const InvokeContext& about, const InvokeReply& reply) {
  auto answer = invoke_reply(about, reply);
  if (!answer) return {Outcome::Kind::throttled, about.executed_version, {}, answer.error().message};
  const bool failed = reply.kind == InvokeReply::Kind::function_error;
  return {failed ? Outcome::Kind::function_error : Outcome::Kind::success, about.executed_version,
          std::move(answer->body), failed ? reply.error_type : ""};
}

/// The configuration in force for a qualifier. Calls without one look at $LATEST's, as on AWS, and those of
/// managed functions, which run $LATEST.PUBLISHED, at that one's too (inferred).
const model::EventInvokeConfig* config_for(const model::Function& function, const std::string& qualifier) {
  const auto find = [&function](std::string_view name) {
    const auto at = function.event_invoke_configs.find(name);
    return at == function.event_invoke_configs.end() ? nullptr : &at->second;
  };
  if (!qualifier.empty()) return find(qualifier);
  const model::EventInvokeConfig* config = find(model::latest);
  return config || !function.is_managed() ? config : find(model::latest_published);
}

/// Frozen in a version when it is published (AWS documentation).
std::string dead_letter_target(const model::Version& version) {
  const std::string& echoed = version.configuration.echoed;
  if (echoed.empty()) return {};
  const auto settings = nlohmann::json::parse(echoed);
  return settings.value("DeadLetterConfig", nlohmann::json::object()).value("TargetArn", std::string{});
}

}  // namespace

void FunctionTargets::attempt(const events::InvokeOrder& order, std::function<void(const Outcome&)> done) {
  auto invocation = prepare_invocation(services_, wish_of(order));
  if (!invocation) {
    const bool exists = services_.registry.function({order.function.name, {}}, order.scope).has_value();
    // Whatever else is in the way (a version that is being replaced, an alias that was moved wrongly) may
    // pass.
    Outcome outcome{
        exists ? Outcome::Kind::throttled : Outcome::Kind::gone, {}, {}, invocation.error().message};
    return loop_.post([done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
  }
  services_.host.invoke(invocation->key, std::move(invocation->call),
                        [about = std::move(invocation->about), done = std::move(done)](
                            const InvokeReply& reply) { done(outcome_of(about, reply)); });
}

events::Rules FunctionTargets::rules(const events::InvokeOrder& order) const {
  events::Rules rules;
  const auto found = services_.registry.function({order.function.name, {}}, order.scope);
  if (!found) return rules;
  const model::Function& function = **found;
  if (const auto* config = config_for(function, order.function.qualifier)) {
    rules.retry_attempts = config->retry_attempts.value_or(rules.retry_attempts);
    if (config->event_age_seconds) rules.event_age = std::chrono::seconds{*config->event_age_seconds};
    rules.on_success = config->on_success;
    rules.on_failure = config->on_failure;
  }
  InvokeWish wish;
  wish.reference = order.function;
  wish.scope = order.scope;
  const auto invocation = prepare_invocation(services_, std::move(wish));
  const model::Version* version = invocation ? function.find(invocation->key.qualifier) : nullptr;
  rules.dead_letter = dead_letter_target(version ? *version : function.latest);
  return rules;
}

}  // namespace lmi::emulator::control_plane
