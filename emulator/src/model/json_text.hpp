#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::model {

/// What is wrong with text that is not JSON, in the words of the service's parser.
struct JsonFault {
  std::string text;
};

/// nullopt when `text` is one JSON value in UTF-8.
std::optional<JsonFault> json_fault(std::string_view text);

/// `text` as a JSON value, or nullopt and what is wrong with it in `fault`.
std::optional<nlohmann::json> parse_json(std::string_view text, JsonFault& fault);

/// How deep arrays and objects are nested in `text`, which need not be JSON. Looks at the text only: copying
/// or writing a parsed value takes a stack frame for each level, and the stack ends before a payload's size
/// does.
std::size_t json_nesting(std::string_view text);

/// The deepest nesting that is taken apart here: far beyond what an API's input has, and still within the
/// stack of a sanitized build. The number is ours. Text that is only handed on may be nested as it likes.
inline constexpr std::size_t deepest_nesting = 200;

/// `text`, which is JSON, without the white space between its tokens: one line, nothing else changed.
std::string json_on_one_line(std::string_view text);

}  // namespace lmi::emulator::model
