#pragma once

#include <string>
#include <string_view>

namespace lmi::cli {

/// Standard alphabet, padded, one line.
std::string base64_encode(std::string_view bytes);

}  // namespace lmi::cli
