#include "model/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>

namespace lmi::emulator::model {
namespace {

/// The form of two recorded answers; `at` counts from 1 and may lie one past the end.
std::string fault_text(std::string_view text, std::size_t at) {
  at = std::max<std::size_t>(at, 1);
  const std::string_view before = text.substr(0, std::min(at - 1, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;

  std::string what = "Unexpected end-of-input";
  if (at <= text.size()) {
    const auto code = static_cast<unsigned char>(text[at - 1]);
    const std::string number = "code " + std::to_string(code);
    const bool printable = code >= 0x20 && code < 0x7F;
    what = printable
               ? std::string{"Unexpected character ('"} + static_cast<char>(code) + "' (" + number + "))"
               : "Unexpected character ((CTRL-CHAR, " + number + "))";
    what +=
        ": expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  }
  return what + "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: " +
         std::to_string(line) + ", column: " + std::to_string(column) + "]";
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

namespace {

/// Calls `use` with each character and whether it stands in a string; quotes do.
template <class Use>
void for_each_character(std::string_view text, Use use) {
  bool in_string = false;
  bool escaped = false;
  for (const char c : text) {
    const bool quote = c == '"' && !escaped;
    use(c, in_string || quote);
    if (quote) in_string = !in_string;
    escaped = in_string && !escaped && c == '\\';
  }
}

}  // namespace

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
