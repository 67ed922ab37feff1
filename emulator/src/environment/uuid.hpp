#pragma once

#include <string>
#include <string_view>

namespace lmi::emulator::environment {

/// A version 4 UUID from the kernel's random numbers.
std::string random_uuid();

bool is_uuid(std::string_view text) noexcept;

}  // namespace lmi::emulator::environment
