#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::otlp {

struct Url {
  std::string host;  ///< Without brackets.
  std::uint16_t port = 80;
  std::string target;  ///< Path and query; "/" at least.
};

/// Reads http://host[:port][/path][?query]. Nothing for anything else, https included. Pure.
std::optional<Url> parse_url(std::string_view text);

}  // namespace lmi::otlp
