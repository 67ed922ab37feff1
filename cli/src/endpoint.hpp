#pragma once

#include "result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lmi::cli {

/// Where requests go, and for which Region they are signed.
struct Endpoint {
  bool tls = false;
  std::string host;
  std::uint16_t port = 80;
  std::string region = "us-east-1";

  /// "host" or "host:port", as the Host header wants it.
  std::string authority() const;
  std::string url() const;
};

/// `text` is "http://host:port", "https://host" or "host:port". The Region is, in this order: `region`, the
/// one in an AWS host name, AWS_REGION, AWS_DEFAULT_REGION, us-east-1.
Result<Endpoint> parse_endpoint(std::string_view text, std::string_view region = {});

/// Percent-encodes all but unreserved characters (RFC 3986), as AWS wants path segments and query values.
std::string percent_encode(std::string_view text);

}  // namespace lmi::cli
