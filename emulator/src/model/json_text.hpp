#pragma once

#include <nlohmann/json_fwd.hpp>

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

}  // namespace lmi::emulator::model
