#include "entry/extension.hpp"

#include <spdlog/spdlog.h>

namespace lmi::entry {
namespace {

constexpr std::string_view name = "lmi-cpp-runtime";
constexpr std::string_view no_events = R"({"events":[]})";

}  // namespace

InternalExtension::InternalExtension(const transport::Endpoint& endpoint, const wire::RequestWriter& writer)
    : calls_{endpoint, writer} {}

void InternalExtension::start() {
  auto registered = calls_.sign_up(name, {}, no_events);
  if (!registered) {
    spdlog::warn(
        "runtime.extension_refused status={} reason=\"{}\" consequence=\"no SIGTERM before SIGKILL\"",
        registered.error().status, registered.error().text);
    return;
  }
  if (const auto asked = calls_.ask_for_next(registered->id); !asked)
    spdlog::warn("runtime.extension_lost reason=\"{}\"", asked.error().text);
}

}  // namespace lmi::entry
