#include "load/failure_class.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>

namespace lmi::cli::load {
namespace {

/// The string at `key` of a JSON object, or "" when the text is not one or has no such string.
std::string member(std::string_view text, const char* key) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// AWS sends "Code" or "Code:http://…" in the header.
std::string error_code(const Answer& answer) {
  if (!answer.error_type.empty())
    return std::string{answer.error_type.substr(0, answer.error_type.find(':'))};
  return member(answer.body, "__type");
}

}  // namespace

std::string_view name_of(FailureClass::Kind kind) {
  switch (kind) {
    case FailureClass::Kind::throttled: return "throttled";
    case FailureClass::Kind::function: return "function error";
    case FailureClass::Kind::rejected: return "rejected";
    case FailureClass::Kind::timeout: return "timeout";
    case FailureClass::Kind::connection: return "connection";
    case FailureClass::Kind::protocol: return "not HTTP";
  }
  return "unknown";
}

FailureClass classify(const Answer& answer) {
  if (answer.status == 429) {
    const auto reason = member(answer.body, "Reason");
    return {FailureClass::Kind::throttled, reason.empty() ? error_code(answer) : reason};
  }
  if (answer.status == 200) {
    const auto type = member(answer.body, "errorType");
    return {FailureClass::Kind::function, type.empty() ? std::string{answer.function_error} : type};
  }
  const auto code = error_code(answer);
  return {FailureClass::Kind::rejected, std::to_string(answer.status) + (code.empty() ? "" : ' ' + code)};
}

}  // namespace lmi::cli::load
