#include "core/settings.hpp"
#include "lmi/otlp.hpp"
#include "otlp/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace lmi {
namespace {

/// An empty variable is as good as none:
/// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
std::string variable(const char* name) {
  return core::from_environment(name).value_or("");
}

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string_view expected) {
  throw std::invalid_argument{std::string{name} + " is \"" + std::string{value} + "\": expected " +
                              std::string{expected}};
}

std::optional<std::uint32_t> number(const char* name) {
  const auto text = variable(name);
  if (text.empty()) return std::nullopt;
  std::uint32_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stopped != end) refuse(name, text, "a whole number");
  return value;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// %XX becomes its byte; anything else stays.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto digits = text.substr(i + 1, 2);
      const auto [end, failure] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
      if (failure == std::errc{} && end == digits.data() + 2) {
        decoded.push_back(static_cast<char>(byte));
        i += 2;
        continue;
      }
    }
    decoded.push_back(text[i]);
  }
  return decoded;
}

/// "a=1,b=2"
std::vector<std::pair<std::string, std::string>> pairs(const char* name) {
  const auto text = variable(name);
  std::vector<std::pair<std::string, std::string>> all;
  std::string_view rest{text};
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto member = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (member.empty()) continue;
    const auto equals = member.find('=');
    if (equals == 0 || equals == std::string_view::npos) refuse(name, text, "name=value,name=value");
    all.emplace_back(trimmed(member.substr(0, equals)), percent_decoded(trimmed(member.substr(equals + 1))));
  }
  return all;
}

std::string endpoint_from_environment(const std::string& otherwise) {
  constexpr auto expected = "http://host:port, for a collector on this machine (https is not supported)";
  constexpr auto for_traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  constexpr auto for_all = "OTEL_EXPORTER_OTLP_ENDPOINT";
  if (auto traces = variable(for_traces); !traces.empty()) {
    if (!otlp::parse_url(traces)) refuse(for_traces, traces, expected);
    return traces;
  }
  auto base = variable(for_all);
  if (base.empty()) return otherwise;
  if (!otlp::parse_url(base)) refuse(for_all, base, expected);
  return base + (base.ends_with('/') ? "v1/traces" : "/v1/traces");
}

/// Names as in https://opentelemetry.io/docs/specs/semconv/resource/faas/ and …/cloud-provider/aws/
std::vector<Attribute> resource_from_environment() {
  std::vector<Attribute> all;
  const auto set = [&all](std::string_view key, const auto& value) {
    for (auto& each : all) {
      if (each.key != key) continue;
      each = Attribute{key, value};
      return;
    }
    all.emplace_back(key, value);
  };
  const auto set_from = [&set](std::string_view key, const char* name) {
    if (const auto value = variable(name); !value.empty()) set(key, value);
  };
  set("telemetry.sdk.language", "cpp");
  set("telemetry.sdk.name", "lmi");
  if (!variable("AWS_LAMBDA_FUNCTION_NAME").empty()) {
    set("cloud.provider", "aws");
    set("cloud.platform", "aws_lambda");
  }
  set_from("cloud.region", "AWS_REGION");
  set_from("faas.name", "AWS_LAMBDA_FUNCTION_NAME");
  set_from("faas.version", "AWS_LAMBDA_FUNCTION_VERSION");
  set_from("faas.instance", "AWS_LAMBDA_LOG_STREAM_NAME");
  constexpr std::int64_t mebibyte = 1024 * 1024;
  if (const auto megabytes = number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
    set("faas.max_memory", *megabytes * mebibyte);
  set("service.name", "unknown_service");
  set_from("service.name", "AWS_LAMBDA_FUNCTION_NAME");
  for (const auto& [key, value] : pairs("OTEL_RESOURCE_ATTRIBUTES")) set(key, value);
  set_from("service.name", "OTEL_SERVICE_NAME");
  return all;
}

}  // namespace

OtlpOptions OtlpOptions::from_environment() {
  OtlpOptions options;
  options.endpoint = endpoint_from_environment(options.endpoint);
  options.headers = pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
  if (options.headers.empty()) options.headers = pairs("OTEL_EXPORTER_OTLP_HEADERS");
  auto limit = number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT");
  if (!limit) limit = number("OTEL_EXPORTER_OTLP_TIMEOUT");
  if (limit) options.request_limit = std::chrono::milliseconds{*limit};
  if (const auto delay = number("OTEL_BSP_SCHEDULE_DELAY"))
    options.batch_delay = std::chrono::milliseconds{*delay};
  if (const auto size = number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")) options.batch_size = *size;
  if (const auto size = number("OTEL_BSP_MAX_QUEUE_SIZE")) options.queue_size = *size;
  options.resource = resource_from_environment();
  return options;
}

}  // namespace lmi
