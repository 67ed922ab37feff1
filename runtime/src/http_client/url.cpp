#include "http_client/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <algorithm>

namespace lmi::http_client {
namespace {

namespace urls = boost::urls;

HttpCallError refused(std::string why) {
  // Not the URL itself: its query may hold a secret.
  return {.code = HttpErrc::invalid_call, .phase = HttpPhase::preparing, .message = "URL: " + std::move(why)};
}

std::string lower(std::string_view text) {
  std::string lowered{text};
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lowered;
}

std::string text(boost::core::string_view view) {
  return {view.data(), view.size()};
}

HttpResult<std::string> host_name(const urls::url_view_base& url) {
  switch (url.host_type()) {
    case urls::host_type::ipv4:
    case urls::host_type::name: {
      // A name with escapes could hold anything once decoded; no resolver takes such names.
      auto name = lower(text(url.encoded_host()));
      if (name.empty()) return refused("no host");
      if (name.find('%') != std::string::npos) return refused("the host has escaped characters");
      return name;
    }
    case urls::host_type::ipv6: return text(url.host_ipv6_address().to_string());
    case urls::host_type::none:
    case urls::host_type::ipvfuture: break;
  }
  return refused("no host");
}

HttpResult<Target> target_of(const urls::url_view_base& url) {
  Target target;
  if (url.scheme_id() == urls::scheme::https) {
    target.origin.tls = true;
  } else if (url.scheme_id() != urls::scheme::http) {
    return refused("the scheme must be http or https");
  }
  if (url.has_userinfo()) return refused("user and password are not taken from a URL: set Authorization");
  auto host = host_name(url);
  if (!host) return host.error();
  target.origin.host = std::move(*host);

  const std::uint16_t usual_port = target.origin.tls ? 443 : 80;
  target.origin.port = url.has_port() && !url.port().empty() ? url.port_number() : usual_port;
  if (target.origin.port == 0) return refused("the port must be 1 to 65535");

  target.path = text(url.encoded_path());
  if (target.path.empty()) target.path = "/";
  // Boost.URL 1.81 takes "host:80x" for the port 80 and the path "x".
  if (target.path.front() != '/') return refused("the port must be a number");
  if (url.has_query()) target.path += "?" + text(url.encoded_query());

  const bool ipv6 = target.origin.host.find(':') != std::string::npos;
  target.host = ipv6 ? "[" + target.origin.host + "]" : target.origin.host;
  if (target.origin.port != usual_port) target.host += ":" + std::to_string(target.origin.port);
  target.url = (target.origin.tls ? "https://" : "http://") + target.host + target.path;
  return target;
}

}  // namespace

std::string to_string(const Origin& origin) {
  const bool ipv6 = origin.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
}

HttpResult<Target> parse_url(std::string_view url) {
  const auto parsed = urls::parse_uri({url.data(), url.size()});
  if (!parsed) return refused(parsed.error().message());
  return target_of(*parsed);
}

HttpResult<Target> resolve_reference(const Target& base, std::string_view location) {
  const auto absolute = urls::parse_uri({base.url.data(), base.url.size()});
  const auto reference = urls::parse_uri_reference({location.data(), location.size()});
  if (!absolute || !reference) return refused("the redirect's location is malformed");
  urls::url resolved{*absolute};
  if (const auto done = resolved.resolve(*reference); !done) {
    return refused(done.error().message());
  }
  auto target = target_of(resolved);
  if (target && base.origin.tls && !target->origin.tls) return refused("a redirect from https to http");
  return target;
}

}  // namespace lmi::http_client
