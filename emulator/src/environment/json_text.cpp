#include "environment/json_text.hpp"

#include <nlohmann/json.hpp>

namespace lmi::emulator::environment {

using nlohmann::json;

std::string json_quoted(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string json_error_payload(std::string_view type, std::string_view message) {
  std::string text = R"({"errorType":)" + json_quoted(type);
  if (!message.empty()) text += R"(,"errorMessage":)" + json_quoted(message);
  return text + '}';
}

std::string error_message_in(std::string_view body) {
  const json document = json::parse(body, nullptr, false);  // discarded, not thrown, when it is no JSON
  if (!document.is_object()) return {};
  const auto message = document.find("errorMessage");
  return message != document.end() && message->is_string() ? message->get<std::string>() : std::string{};
}

std::optional<Registration> parse_registration(std::string_view body, std::string& error) {
  Registration registration;
  try {
    const json document = json::parse(body);
    if (!document.is_object()) {
      error = "a JSON object is expected";
      return std::nullopt;
    }
    if (document.contains("events") && !document["events"].is_null()) {
      registration.events = document["events"].get<std::vector<std::string>>();
    }
    registration.has_configuration_keys = document.contains("configurationKeys");
  } catch (const json::exception& invalid) {
    error = invalid.what();
    return std::nullopt;
  }
  return registration;
}

}  // namespace lmi::emulator::environment
