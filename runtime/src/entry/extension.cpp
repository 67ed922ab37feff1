#include "entry/extension.hpp"

#include "transport/exchange.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>

namespace lmi::entry {
namespace {

constexpr std::chrono::seconds registration_limit{2};
constexpr std::string_view name = "lmi-cpp-runtime";
constexpr std::string_view no_events = R"({"events":[]})";

}  // namespace

InternalExtension::InternalExtension(const transport::Endpoint& endpoint, const wire::RequestWriter& writer)
    : writer_{writer}, connection_{endpoint} {}

InternalExtension::~InternalExtension() {
  connection_.interrupt();
  if (thread_.joinable()) thread_.join();
}

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
  id_ = reply.extension_id;
  connection_.limit_wait(std::chrono::milliseconds{0});
  thread_ = std::thread{[this] { wait_for_event(); }};
}

void InternalExtension::wait_for_event() {
  try {
    std::string head;
    writer_.next_extension_event(id_, head);
    wire::ReplyParser parser;
    // Nothing is subscribed, so whatever ends this is the end of the environment, and SIGTERM says so too.
    if (const auto failure = transport::exchange(connection_, head, {}, parser))
      spdlog::debug("runtime.extension_ended reason=\"{}\"", *failure);
  } catch (const std::exception& failure) {
    spdlog::warn("runtime.extension_ended reason=\"{}\"", failure.what());
  }
}

}  // namespace lmi::entry
