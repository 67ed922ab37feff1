#pragma once

#include "access/authorization.hpp"

#include <string>
#include <string_view>

namespace lmi::emulator::access {

/// Lower-case hex SHA-256. Any thread.
std::string sha256_hex(std::string_view bytes);

/// The hex signature of a canonical request. `amz_date`: "20150830T123600Z".
std::string signature_of(std::string_view canonical_request, std::string_view amz_date,
                         const Credential& credential, std::string_view secret);

/// Compares in a time that depends on the lengths alone.
bool same_secret(std::string_view left, std::string_view right) noexcept;

}  // namespace lmi::emulator::access
