#include "environment/telemetry_subscription.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace lmi::emulator::environment {
namespace {

using nlohmann::json;
using Problem = TelemetryProblem;

constexpr unsigned short reserved_port = 9001;  // the Runtime API's on AWS

struct Range {
  const char* name;
  std::uint64_t low;
  std::uint64_t high;
};
constexpr Range items_range{"maxItems", 1000, 10'000};
constexpr Range bytes_range{"maxBytes", 262'144, 1'048'576};
constexpr Range timeout_range{"timeoutMs", 25, 30'000};

/// Leaves `value` as it is when the member is absent. The problem, if there is one.
std::optional<Problem> read_number(const json& object, const Range& range, std::uint64_t& value) {
  const auto found = object.find(range.name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (found->is_number_unsigned()) {
    value = found->get<std::uint64_t>();
    if (value >= range.low && value <= range.high) return std::nullopt;
  }
  return Problem{std::string{"buffering."} + range.name + " must be between " + std::to_string(range.low) +
                 " and " + std::to_string(range.high)};
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<unsigned short> port_of(std::string_view text) {
  unsigned short port = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, port).ptr != end || port == 0) return std::nullopt;
  return port;
}

/// "http://sandbox.localdomain:PORT/path"
std::optional<TelemetryHttp> parse_uri(std::string_view uri) {
  constexpr std::string_view scheme = "http://";
  if (!uri.starts_with(scheme)) return std::nullopt;
  uri.remove_prefix(scheme.size());
  const auto authority = uri.substr(0, uri.find('/'));
  const auto colon = authority.find(':');
  const auto host = authority.substr(0, colon);
  if (host != "sandbox.localdomain" && host != "sandbox") return std::nullopt;
  const auto port = colon == std::string_view::npos ? std::optional<unsigned short>{80}
                                                    : port_of(authority.substr(colon + 1));
  const auto path = uri.substr(authority.size());
  const bool one_line =
      std::none_of(path.begin(), path.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  if (!port || !one_line) return std::nullopt;
  return TelemetryHttp{
      .port = *port, .authority = std::string{authority}, .path = path.empty() ? "/" : std::string{path}};
}

std::optional<Problem> read_destination(const json& body, TelemetrySubscription& subscription) {
  const auto destination = body.find("destination");
  if (destination == body.end() || !destination->is_object()) return Problem{"destination is required"};
  const auto protocol = text_of(*destination, "protocol");
  unsigned short port = 0;
  if (protocol == "HTTP") {
    auto target = parse_uri(text_of(*destination, "URI"));
    if (!target)
      return Problem{
          "destination.URI must be http://sandbox.localdomain:PORT/PATH, or sandbox in place of "
          "sandbox.localdomain"};
    port = target->port;
    subscription.destination = *std::move(target);
  } else if (protocol == "TCP") {
    const auto given = destination->find("port");
    if (given == destination->end() || !given->is_number_unsigned() || given->get<std::uint64_t>() == 0 ||
        given->get<std::uint64_t>() > 65535)
      return Problem{"destination.port must be between 1 and 65535"};
    port = given->get<unsigned short>();
    subscription.destination = TelemetryTcp{.port = port};
  } else {
    return Problem{"destination.protocol must be HTTP or TCP"};
  }
  if (port == reserved_port) return Problem{"port 9001 is reserved"};
  return std::nullopt;
}

std::optional<Problem> read_types(const json& body, TelemetrySubscription& subscription) {
  const auto types = body.find("types");
  if (types == body.end() || !types->is_array() || types->empty())
    return Problem{"types must name at least one of platform, function and extension"};
  for (const auto& type : *types) {
    if (type == "platform") {
      subscription.platform = true;
    } else if (type == "function") {
      subscription.function = true;
    } else if (type == "extension") {
      subscription.extension = true;
    } else {
      return Problem{"types may name platform, function and extension only"};
    }
  }
  return std::nullopt;
}

std::optional<Problem> read_schema(const json& body, bool managed_instances,
                                   TelemetrySubscription& subscription) {
  const auto version = text_of(body, "schemaVersion");
  if (version == "2025-01-29") return std::nullopt;
  if (managed_instances) return Problem{"schemaVersion must be 2025-01-29"};
  subscription.structured_lines = version != "2022-07-01";
  if (version == "2022-07-01" || version == "2022-12-13") return std::nullopt;
  return Problem{"schemaVersion must be 2022-07-01, 2022-12-13 or 2025-01-29"};
}

std::optional<Problem> read_buffering(const json& body, TelemetrySubscription& subscription) {
  const auto buffering = body.find("buffering");
  if (buffering == body.end() || buffering->is_null()) return std::nullopt;
  if (!buffering->is_object()) return Problem{"buffering must be an object"};
  std::uint64_t items = subscription.max_items;
  std::uint64_t bytes = subscription.max_bytes;
  auto timeout = static_cast<std::uint64_t>(subscription.timeout.count());
  if (auto problem = read_number(*buffering, items_range, items)) return problem;
  if (auto problem = read_number(*buffering, bytes_range, bytes)) return problem;
  if (auto problem = read_number(*buffering, timeout_range, timeout)) return problem;
  subscription.max_items = items;
  subscription.max_bytes = bytes;
  subscription.timeout = std::chrono::milliseconds{timeout};
  return std::nullopt;
}

}  // namespace

std::vector<std::string> TelemetrySubscription::types() const {
  std::vector<std::string> names;
  if (platform) names.emplace_back("platform");
  if (function) names.emplace_back("function");
  if (extension) names.emplace_back("extension");
  return names;
}

std::variant<TelemetrySubscription, TelemetryProblem> parse_subscription(std::string_view text,
                                                                         bool managed_instances) {
  const auto body = json::parse(text, nullptr, false);
  if (!body.is_object()) return Problem{"the body must be a JSON object"};
  TelemetrySubscription subscription;
  if (auto problem = read_schema(body, managed_instances, subscription)) return *std::move(problem);
  if (auto problem = read_types(body, subscription)) return *std::move(problem);
  if (auto problem = read_buffering(body, subscription)) return *std::move(problem);
  if (auto problem = read_destination(body, subscription)) return *std::move(problem);
  return subscription;
}

}  // namespace lmi::emulator::environment
