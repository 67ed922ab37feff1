#pragma once

// Base64. Threads: any; the functions share nothing. Errors: by value.

#include "lmi/error.hpp"

#include <string>
#include <string_view>

namespace lmi {

/// RFC 4648 section 4: the standard alphabet, padded, no line breaks.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// The strict inverse of base64_encode(): each text has one meaning, each meaning one text. Anything else is
/// an Error of type "InvalidBase64" that says where: white space and line breaks, characters of another
/// alphabet, missing or superfluous padding, bits set where the padding says there are none.
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);

namespace detail {
/// Appends to `out`, for those who write into a larger text.
void append_base64(std::string& out, std::string_view bytes);
}  // namespace detail

}  // namespace lmi
