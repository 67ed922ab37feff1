#pragma once

#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

/// Hexadecimal SHA-256.
std::string sha256_hex(std::string_view bytes);

/// A hexadecimal digest in base64, as CodeSha256 is written.
std::string hex_to_base64(std::string_view hex);

}  // namespace lmi::emulator::control_plane
