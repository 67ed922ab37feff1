#pragma once

#include "http/exchange.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::access {

/// The text both sides hash (AWS: "create a canonical request"), as every service but S3 does it: the path is
/// normalised and encoded once more, whatever its encoding on the wire.
///
/// `signed_headers`: lower-case names in the order the signer listed them. `payload_hash`: hex SHA-256 of the
/// body, or what the signer wrote in its place. Pure; takes any bytes.
std::string canonical_request(const http::Head& head, const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash);

// Its parts.
std::string canonical_path(std::string_view path);
std::string canonical_query(std::string_view query);
/// The values of a field, trimmed, inner blanks collapsed, joined by commas.
std::string canonical_value(const http::Headers& headers, std::string_view name);

}  // namespace lmi::emulator::access
