#pragma once

#include "lmi/http_fields.hpp"

#include <string>
#include <string_view>

namespace lmi::events {

/// What '+' stands for: itself in a path, a space in a query (HTML forms write it so).
enum class Plus { itself, space };

/// "%41" → "A". A '%' that is not followed by two hexadecimal digits stands for itself: such requests arrive,
/// and refusing them is the handler's business. The result may be any bytes.
std::string percent_decode(std::string_view text, Plus plus = Plus::itself);

/// A decoded path as it may stand in a URL: everything but '/' and what RFC 3986 allows in a segment is
/// encoded, '%' too.
std::string percent_encode_path(std::string_view path);

/// "a=1&a=2&b" → (a, 1), (a, 2), (b, ""), decoded. Empty pieces are left out.
HttpQuery parse_query(std::string_view text);

}  // namespace lmi::events
