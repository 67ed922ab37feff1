#include "transport/extension_calls.hpp"

#include "transport/exchange.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace lmi::transport {
namespace {

constexpr std::chrono::seconds reply_limit{2};

bool is_success(int status) {
  return status >= 200 && status < 300;
}

}  // namespace

void throw_exception_from_error(const CallFailure& failure, const boost::source_location& /*where*/) {
  throw std::logic_error{failure.text};
}

ExtensionCalls::ExtensionCalls(const Endpoint& endpoint, const wire::RequestWriter& writer) noexcept
    : endpoint_{endpoint}, writer_{writer}, waiting_{endpoint} {}

CallResult<ExtensionCalls::SignedUp> ExtensionCalls::sign_up(std::string_view name,
                                                             std::string_view accept_features,
                                                             std::string_view body) {
  std::string head;
  writer_.register_extension(name, accept_features, body.size(), head);
  Connection connection{endpoint_};
  connection.limit_until(std::chrono::steady_clock::now() + reply_limit);
  wire::ReplyParser parser;
  if (auto failure = exchange(connection, head, body, parser))
    return CallFailure{.text = *std::move(failure)};
  auto& reply = parser.reply();
  if (reply.status != 200) return CallFailure{.status = reply.status, .text = std::move(reply.body)};
  if (reply.extension_id.empty())
    return CallFailure{.status = reply.status, .text = "no Lambda-Extension-Identifier in the reply"};
  return SignedUp{.id = std::move(reply.extension_id), .body = std::move(reply.body)};
}

CallResult<std::string> ExtensionCalls::next(std::string_view id) {
  std::string head;
  writer_.next_extension_event(id, head);
  wire::ReplyParser parser;
  if (auto failure = exchange(waiting_, head, {}, parser))
    return CallFailure{.interrupted = interrupted_, .text = *std::move(failure)};
  auto& reply = parser.reply();
  if (reply.status != 200) return CallFailure{.status = reply.status, .text = std::move(reply.body)};
  return std::move(reply.body);
}

CallResult<void> ExtensionCalls::ask_for_next(std::string_view id) {
  std::string head;
  writer_.next_extension_event(id, head);
  auto failure = waiting_.connect();
  if (!failure) failure = waiting_.send({.head = head, .body = {}});
  if (failure) return CallFailure{.text = failure.message()};
  return {};
}

CallResult<void> ExtensionCalls::init_error(std::string_view id, std::string_view error_type,
                                            std::string_view body) {
  std::string head;
  writer_.extension_init_error(id, error_type, body.size(), head);
  return call(head, body);
}

CallResult<void> ExtensionCalls::exit_error(std::string_view id, std::string_view error_type,
                                            std::string_view body) {
  std::string head;
  writer_.extension_exit_error(id, error_type, body.size(), head);
  return call(head, body);
}

CallResult<void> ExtensionCalls::subscribe_telemetry(std::string_view id, std::string_view body) {
  std::string head;
  writer_.subscribe_telemetry(id, body.size(), head);
  return call(head, body);
}

CallResult<void> ExtensionCalls::call(const std::string& head, std::string_view body) const {
  Connection connection{endpoint_};
  connection.limit_until(std::chrono::steady_clock::now() + reply_limit);
  wire::ReplyParser parser;
  if (auto failure = exchange(connection, head, body, parser))
    return CallFailure{.text = *std::move(failure)};
  auto& reply = parser.reply();
  if (!is_success(reply.status)) return CallFailure{.status = reply.status, .text = std::move(reply.body)};
  return {};
}

void ExtensionCalls::interrupt() {
  interrupted_ = true;
  waiting_.interrupt();
}

}  // namespace lmi::transport
