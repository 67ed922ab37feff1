#include "control_plane/url_policy.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

enum class Verdict { applies, does_not_apply, cannot_tell };

/// `*` and `?` in `pattern` stand for any text and any character; letters in any case.
bool matches(std::string_view pattern, std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::size_t at = 0;
  std::size_t star = pattern.npos;
  std::size_t resume = 0;
  std::size_t p = 0;
  while (at < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = at;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[at]))) {
      ++p;
      ++at;
    } else if (star != pattern.npos) {
      p = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

/// A text, or any of a list.
template <class Test>
bool any_of(const json& value, Test test) {
  if (value.is_string()) return test(value.get<std::string>());
  return value.is_array() && std::any_of(value.begin(), value.end(), [&](const json& one) {
           return one.is_string() && test(one.get<std::string>());
         });
}

bool is_everybody(const json& principal) {
  const auto is_star = [](const std::string& text) { return text == "*"; };
  if (principal.is_object()) return principal.contains("AWS") && any_of(principal["AWS"], is_star);
  return any_of(principal, is_star);
}

Verdict judge_condition(const json& condition) {
  if (!condition.is_object()) return Verdict::cannot_tell;
  for (const auto& [test, keys] : condition.items()) {
    if (!keys.is_object()) return Verdict::cannot_tell;
    for (const auto& [key, wanted] : keys.items()) {
      const char* actual = nullptr;
      if (matches("lambda:FunctionUrlAuthType", key) && test == "StringEquals") actual = "NONE";
      if (matches("lambda:InvokedViaFunctionUrl", key) && test == "Bool") actual = "true";
      if (!actual) return Verdict::cannot_tell;
      const bool holds = wanted.is_boolean()
                             ? wanted.get<bool>()
                             : any_of(wanted, [&](const std::string& text) { return text == actual; });
      if (!holds) return Verdict::does_not_apply;
    }
  }
  return Verdict::applies;
}

Verdict judge(const json& statement, std::string_view action, std::string_view resource) {
  if (!statement.contains("Principal") || !statement.contains("Action")) return Verdict::cannot_tell;
  if (!is_everybody(statement["Principal"])) return Verdict::does_not_apply;
  const auto names_action = [&](const std::string& pattern) { return matches(pattern, action); };
  if (!any_of(statement["Action"], names_action)) return Verdict::does_not_apply;
  const auto names_resource = [&](const std::string& pattern) { return matches(pattern, resource); };
  if (!statement.contains("Resource")) return Verdict::cannot_tell;
  if (!any_of(statement["Resource"], names_resource)) return Verdict::does_not_apply;
  return statement.contains("Condition") ? judge_condition(statement["Condition"]) : Verdict::applies;
}

bool allows(const json& statements, std::string_view action, std::string_view resource) {
  bool allowed = false;
  for (const json& statement : statements) {
    const Verdict verdict = judge(statement, action, resource);
    const json effect = statement.value("Effect", json{});
    if (effect == "Deny" && verdict != Verdict::does_not_apply) return false;
    allowed = allowed || (effect == "Allow" && verdict == Verdict::applies);
  }
  return allowed;
}

}  // namespace

bool lets_everybody_in(const std::string& policy, std::string_view resource) {
  const json document = json::parse(policy, nullptr, false);
  if (!document.is_object() || !document.contains("Statement")) return false;
  json statements = document["Statement"];
  if (statements.is_object()) statements = json::array({statements});
  const bool are_objects =
      statements.is_array() &&
      std::all_of(statements.begin(), statements.end(), [](const json& one) { return one.is_object(); });
  return are_objects && allows(statements, "lambda:InvokeFunctionUrl", resource) &&
         allows(statements, "lambda:InvokeFunction", resource);
}

}  // namespace lmi::emulator::control_plane
