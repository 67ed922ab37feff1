#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

/// What Smithy's RPC v2 protocol uses of CBOR (RFC 8949), as JSON values. Not nlohmann's own: that can
/// neither read nor write times (tag 1), and nesting without limit would overflow its stack.
namespace lmi::emulator::observe::cbor {

/// The one value that `bytes` are; nullopt: they are not, or nest deeper than 32 levels, or hold what no
/// member of such an API is made of (byte strings, big numbers). A time is its number of seconds since 1970.
std::optional<nlohmann::json> decode(std::string_view bytes);

/// Members of these names are times, or lists of times, in seconds since 1970.
using TimeMembers = std::set<std::string, std::less<>>;
std::string encode(const nlohmann::json& value, const TimeMembers& times);

}  // namespace lmi::emulator::observe::cbor
