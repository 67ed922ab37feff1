#include "entry/extension.hpp"

#include <spdlog/spdlog.h>

#include <exception>

namespace lmi::entry {
namespace {

constexpr std::string_view name = "lmi-cpp-runtime";
constexpr std::string_view no_events = R"({"events":[]})";

}  // namespace

InternalExtension::InternalExtension(const transport::Endpoint& endpoint, const wire::RequestWriter& writer)
    : calls_{endpoint, writer} {}

InternalExtension::~InternalExtension() {
  calls_.interrupt();
  if (thread_.joinable()) thread_.join();
}

void InternalExtension::start() {
  auto registered = calls_.sign_up(name, {}, no_events);
  if (!registered) {
    spdlog::warn(
        "runtime.extension_refused status={} reason=\"{}\" consequence=\"no SIGTERM before SIGKILL\"",
        registered.error().status, registered.error().text);
    return;
  }
  id_ = std::move(registered->id);
  thread_ = std::thread{[this] { wait_for_event(); }};
}

void InternalExtension::wait_for_event() {
  try {
    // Nothing is subscribed, so whatever ends this is the end of the environment, and SIGTERM says so too.
    if (const auto event = calls_.next(id_); !event)
      spdlog::debug("runtime.extension_ended reason=\"{}\"", event.error().text);
  } catch (const std::exception& failure) {
    spdlog::warn("runtime.extension_ended reason=\"{}\"", failure.what());
  }
}

}  // namespace lmi::entry
