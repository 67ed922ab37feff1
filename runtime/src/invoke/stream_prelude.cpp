#include "invoke/stream_prelude.hpp"

#include "core/json_text.hpp"
#include "lmi/detail/handler.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lmi::invoke {
namespace {

void append_quoted(std::string& json, std::string_view text) {
  json.push_back('"');
  core::append_json_text(json, text);
  json.push_back('"');
}

void check(std::string_view text) {
  if (text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos)
    throw Error{.type = "InvalidResponseHeader", .message = "a header may not contain a line break or a NUL"};
}

bool same_name(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

/// The platform takes one value a name.
std::vector<std::pair<std::string, std::string>> joined(const HttpPrelude& prelude) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : prelude.headers) {
    check(name);
    check(value);
    const auto known = std::find_if(headers.begin(), headers.end(),
                                    [&name = name](const auto& one) { return same_name(one.first, name); });
    if (known == headers.end()) {
      headers.emplace_back(name, value);
    } else {
      known->second.append(", ").append(value);
    }
  }
  return headers;
}

}  // namespace

std::string http_prelude(const HttpPrelude& prelude) {
  if (prelude.status < 100 || prelude.status > 999)
    throw Error{.type = "InvalidResponseStatus",
                .message = "an HTTP status has three digits, not " + std::to_string(prelude.status)};
  std::string json = "{\"statusCode\":" + std::to_string(prelude.status) + ",\"headers\":{";
  bool first = true;
  for (const auto& [name, value] : joined(prelude)) {
    if (!std::exchange(first, false)) json.push_back(',');
    append_quoted(json, name);
    json.push_back(':');
    append_quoted(json, value);
  }
  json.append("},\"cookies\":[");
  first = true;
  for (const auto& cookie : prelude.cookies) {
    check(cookie);
    if (!std::exchange(first, false)) json.push_back(',');
    append_quoted(json, cookie);
  }
  json.append("]}");
  json.append(8, '\0');
  return json;
}

void set_stream_type(detail::Outcome& outcome, std::string type) {
  if (outcome.stream_started)
    throw std::logic_error{"the stream has started: its content type has been sent"};
  outcome.answer.content_type = std::move(type);
}

Error stream_closed(const std::error_code& failure) {
  return {.type = "StreamClosed",
          .message = "the platform takes no more of this answer: " + failure.message()};
}

}  // namespace lmi::invoke
