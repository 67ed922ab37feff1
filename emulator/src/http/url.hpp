#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::http {

/// "http://host:port/path?query", in its parts.
struct Url {
  std::string host;
  unsigned short port = 80;
  std::string authority;     ///< Host and port as written.
  std::string target = "/";  ///< Path and query.
};

/// nullopt when `text` is no URL of plain HTTP. "[::1]" is a host too; users and fragments are refused.
std::optional<Url> parse_url(std::string_view text);

}  // namespace lmi::emulator::http
