#include "endpoint.hpp"

#include <charconv>
#include <cstdlib>
#include <regex>

namespace lmi::cli {
namespace {

std::string choose_region(std::string_view given, const std::string& host) {
  if (!given.empty()) return std::string{given};
  static const std::regex aws_host{R"(lambda(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws).*)"};
  if (std::smatch match; std::regex_match(host, match, aws_host)) return match[1];
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread is started
    if (value != nullptr && *value != '\0') return value;
  }
  return "us-east-1";
}

Failure bad_endpoint(std::string_view text, std::string_view why) {
  return {ExitCode::usage, "'" + std::string{text} + "' is not an endpoint: " + std::string{why},
          "give it as http://HOST:PORT, e.g. --endpoint http://127.0.0.1:9400"};
}

}  // namespace

std::string Endpoint::authority() const {
  return port == (tls ? 443 : 80) ? host : host + ':' + std::to_string(port);
}

std::string Endpoint::url() const {
  return (tls ? "https://" : "http://") + authority();
}

Result<Endpoint> parse_endpoint(std::string_view text, std::string_view region) {
  Endpoint endpoint;
  std::string_view rest = text;
  if (const auto scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
    const auto scheme = rest.substr(0, scheme_end);
    if (scheme != "http" && scheme != "https") return bad_endpoint(text, "only http and https are known");
    endpoint.tls = scheme == "https";
    rest.remove_prefix(scheme_end + 3);
  }
  endpoint.port = endpoint.tls ? 443 : 80;
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.find_first_of("/?#@") != std::string_view::npos)
    return bad_endpoint(text, "it must end after the port");

  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  endpoint.host = std::string{rest.substr(0, has_port ? colon : rest.size())};
  if (endpoint.host.empty()) return bad_endpoint(text, "the host is missing");
  if (has_port) {
    const auto digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || endpoint.port == 0) {
      return bad_endpoint(text, "the port must be 1 to 65535");
    }
  }
  endpoint.region = choose_region(region, endpoint.host);
  return endpoint;
}

std::string percent_encode(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '_' || c == '.' || c == '~';
    if (unreserved) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += hex[byte >> 4];
      encoded += hex[byte & 15];
    }
  }
  return encoded;
}

}  // namespace lmi::cli
