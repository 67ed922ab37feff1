#include "events/filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;

constexpr const char* or_key = "$or";

bool is_numeric_rule(const json& rule) {
  if (!rule.is_array() || rule.empty() || rule.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < rule.size(); i += 2) {
    constexpr std::array<std::string_view, 5> operators{"=", "<", "<=", ">", ">="};
    if (!rule[i].is_string() || !rule[i + 1].is_number()) return false;
    if (std::find(operators.begin(), operators.end(), rule[i].get<std::string>()) == operators.end())
      return false;
  }
  return true;
}

bool is_scalar(const json& value) {
  return value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
}

bool is_value_rule(const json& rule) {
  if (is_scalar(rule)) return true;
  if (!rule.is_object() || rule.size() != 1) return false;
  const std::string name = rule.begin().key();
  const json& operand = rule.front();
  if (name == "exists") return operand.is_boolean();
  if (name == "prefix" || name == "suffix" || name == "equals-ignore-case") return operand.is_string();
  if (name == "numeric") return is_numeric_rule(operand);
  if (name == "anything-but") {
    if (operand.is_object())
      return operand.size() == 1 && is_value_rule(operand) && operand.front().is_string();
    return is_scalar(operand) ||
           (operand.is_array() && std::all_of(operand.begin(), operand.end(), is_scalar));
  }
  return false;
}

bool is_pattern(const json& pattern) {
  if (!pattern.is_object() || pattern.empty()) return false;
  return std::all_of(pattern.items().begin(), pattern.items().end(), [](const auto& item) {
    const json& wanted = item.value();
    if (item.key() == or_key)
      return wanted.is_array() && !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), is_pattern);
    if (wanted.is_array()) return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), is_value_rule);
    return is_pattern(wanted);
  });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool in_range(const json& rule, double value) {
  for (std::size_t i = 0; i < rule.size(); i += 2) {
    const std::string comparison = rule[i];
    const double bound = rule[i + 1];
    const bool holds = comparison == "="    ? value == bound
                       : comparison == "<"  ? value < bound
                       : comparison == "<=" ? value <= bound
                       : comparison == ">"  ? value > bound
                                            : value >= bound;
    if (!holds) return false;
  }
  return true;
}

/// `value` is nullptr where the record has no such member.
bool satisfies(const json& rule, const json* value) {
  if (!rule.is_object()) return value && *value == rule;
  const std::string name = rule.begin().key();
  const json& operand = rule.front();
  if (name == "exists") return operand.get<bool>() == (value != nullptr);
  if (!value) return false;
  if (name == "anything-but") {
    if (operand.is_object()) return !satisfies(operand, value);
    if (operand.is_array()) return std::find(operand.begin(), operand.end(), *value) == operand.end();
    return *value != operand;
  }
  if (name == "numeric") return value->is_number() && in_range(operand, value->get<double>());
  if (!value->is_string()) return false;
  const std::string text = *value;
  const std::string wanted = operand;
  if (name == "prefix") return text.starts_with(wanted);
  if (name == "suffix") return text.ends_with(wanted);
  return lower(text) == lower(wanted);
}

bool matches(const json& pattern, const json& data);

bool member_matches(const json& wanted, const json* value) {
  if (wanted.is_object()) return value && value->is_object() && matches(wanted, *value);
  const auto one = [&wanted](const json* candidate) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [candidate](const json& rule) { return satisfies(rule, candidate); });
  };
  if (value && value->is_array())
    return std::any_of(value->begin(), value->end(), [&one](const json& element) { return one(&element); });
  return one(value);
}

bool matches(const json& pattern, const json& data) {
  return std::all_of(pattern.items().begin(), pattern.items().end(), [&data](const auto& item) {
    if (item.key() == or_key) {
      return std::any_of(item.value().begin(), item.value().end(),
                         [&data](const json& one) { return matches(one, data); });
    }
    const auto at = data.find(item.key());
    return member_matches(item.value(), at == data.end() ? nullptr : &*at);
  });
}

}  // namespace

std::optional<Filter> Filter::parse(const std::vector<std::string>& patterns) {
  Filter filter;
  for (const std::string& text : patterns) {
    json pattern = json::parse(text, nullptr, false);
    if (!is_pattern(pattern)) return std::nullopt;
    filter.patterns_.push_back(std::move(pattern));
  }
  return filter;
}

bool Filter::passes(const json& record) const {
  if (patterns_.empty()) return true;
  json opened = record;
  if (const auto body = opened.find("body"); body != opened.end() && body->is_string()) {
    json inside = json::parse(body->get_ref<const std::string&>(), nullptr, false);
    // Moved: a copy would take a stack frame for each level of a message's nesting.
    if (inside.is_object()) *body = std::move(inside);
  }
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const json& pattern) {
    const bool looks_inside = pattern.contains("body") && pattern["body"].is_object();
    return matches(pattern, looks_inside ? opened : record);
  });
}

}  // namespace lmi::emulator::events
