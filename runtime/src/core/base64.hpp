#pragma once

#include <string>
#include <string_view>

namespace lmi::core {

/// Appends `bytes` in standard base64 (RFC 4648 §4), padded, without line breaks.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace lmi::core
