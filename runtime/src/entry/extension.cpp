#include "entry/extension.hpp"

#include "transport/exchange.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

namespace lmi::entry {
namespace {

constexpr std::chrono::seconds registration_limit{2};
constexpr std::string_view name = "lmi-cpp-runtime";
constexpr std::string_view no_events = R"({"events":[]})";

}  // namespace

InternalExtension::InternalExtension(const transport::Endpoint& endpoint, const wire::RequestWriter& writer)
    : writer_{writer}, connection_{endpoint} {}

void InternalExtension::start() {
  std::string head;
  writer_.register_extension(name, no_events.size(), head);
  wire::ReplyParser parser;
  connection_.limit_wait(registration_limit);
  const auto failure = transport::exchange(connection_, head, no_events, parser);
  const auto& reply = parser.reply();
  if (failure || reply.status != 200 || reply.extension_id.empty()) {
    spdlog::warn(
        "runtime.extension_refused status={} reason=\"{}\" consequence=\"no SIGTERM before SIGKILL\"",
        reply.status, failure ? failure->c_str() : reply.body);
    return;
  }
  // Over a connection of its own: on the same one a reply that is never read would be in the way.
  writer_.next_extension_event(reply.extension_id, head);
  auto lost = connection_.connect();
  if (!lost) lost = connection_.send({.head = head, .body = {}});
  if (lost) spdlog::warn("runtime.extension_lost reason=\"{}\"", lost.message());
}

}  // namespace lmi::entry
