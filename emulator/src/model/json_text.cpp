#include "model/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <string>

namespace lmi::emulator::model {
namespace {

/// Calls `use` with each character and whether it stands in a string; quotes do. Returns whether a string is
/// still open at the end.
template <class Use>
bool for_each_character(std::string_view text, Use use) {
  bool in_string = false;
  bool escaped = false;
  for (const char c : text) {
    const bool quote = c == '"' && !escaped;
    use(c, in_string || quote);
    if (quote) in_string = !in_string;
    escaped = in_string && !escaped && c == '\\';
  }
  return in_string;
}

/// Whether what follows `before` belongs to a token that has begun: a string, a name, a number.
bool is_within_token(std::string_view before) {
  if (for_each_character(before, [](char, bool) {})) return true;
  return !before.empty() && std::isalnum(static_cast<unsigned char>(before.back())) != 0;
}

/// Whether a character of several bytes lacks one at the end of `before`.
bool lacks_byte(std::string_view before) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(before.size(), 3); ++back) {
    const auto byte = static_cast<unsigned char>(before[before.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return length > back;
  }
  return false;
}

/// A place where a text is no JSON.
struct Stop {
  std::string what;
  std::size_t beyond = 0;  ///< How many bytes the service's parser had read further when it said so.
};

Stop stop_at(std::string_view text, std::size_t at) {
  if (at > text.size()) return {"Unexpected end-of-input"};
  const std::string_view before = text.substr(0, at - 1);
  const auto code = static_cast<unsigned char>(text[at - 1]);
  if (is_within_token(before)) {
    std::array<char, 48> utf8{};
    if (lacks_byte(before)) {  // from memory of that parser's text, not recorded
      std::snprintf(utf8.data(), utf8.size(), "Invalid UTF-8 middle byte 0x%x", code);
      return {utf8.data(), 1};
    }
    if (code >= 0x80) {  // recorded, with its place
      std::snprintf(utf8.data(), utf8.size(), "Invalid UTF-8 start byte 0x%x", code);
      return {utf8.data(), 1};
    }
  }
  const std::string number = "code " + std::to_string(code);
  const bool printable = code >= 0x20 && code < 0x7F;
  return {(printable
               ? std::string{"Unexpected character ('"} + static_cast<char>(code) + "' (" + number + "))"
               : "Unexpected character ((CTRL-CHAR, " + number + "))") +
          ": expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"};
}

/// The form of two recorded answers; `at` counts from 1 and may lie one past the end.
std::string fault_text(std::string_view text, std::size_t at) {
  at = std::max<std::size_t>(at, 1);
  const std::string_view before = text.substr(0, std::min(at - 1, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  const Stop stop = stop_at(text, at);
  return stop.what +
         "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: " +
         std::to_string(line) + ", column: " + std::to_string(column + stop.beyond) + "]";
}

}  // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, JsonFault& fault) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    fault.text = fault_text(text, error.byte);
    return std::nullopt;
  } catch (const nlohmann::json::out_of_range&) {  // JSON knows no bounds, double does. Text: ours
    fault.text = "A number is out of range";
    return std::nullopt;
  }
}

std::optional<JsonFault> json_fault(std::string_view text) {
  if (nlohmann::json::accept(text)) return std::nullopt;
  JsonFault fault;
  (void)parse_json(text, fault);
  return fault;
}

std::size_t json_nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  for_each_character(text, [&](char c, bool in_string) {
    if (in_string) return;
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
  });
  return deepest;
}

std::string json_on_one_line(std::string_view text) {
  constexpr std::string_view byte_order_mark =
      "\xEF\xBB\xBF";  // the parser takes it, within a text it is none
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::string line;
  line.reserve(text.size());
  for_each_character(text, [&line](char c, bool in_string) {
    if (in_string || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) line += c;
  });
  return line;
}

}  // namespace lmi::emulator::model
