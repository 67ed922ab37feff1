#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::model {

/// RFC 4648 §4 with padding, as SDKs send blobs. Line breaks are not accepted.
std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);

}  // namespace lmi::emulator::model
