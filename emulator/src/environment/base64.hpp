#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::environment {

/// Standard base64 with padding; empty result for anything else.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace lmi::emulator::environment
