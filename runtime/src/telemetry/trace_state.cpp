#include "telemetry/trace_state.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace lmi::telemetry {
namespace {

constexpr std::size_t most_members = 32;
constexpr std::size_t longest_key = 256;
constexpr std::size_t longest_value = 256;
constexpr std::size_t longest_tenant = 241;
constexpr std::size_t longest_system = 14;

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_key_characters(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

/// simple-key, or tenant@system
bool is_key(std::string_view key) {
  const auto at = key.find('@');
  if (at == std::string_view::npos)
    return !key.empty() && key.size() <= longest_key && is_letter(key.front()) && has_key_characters(key);
  const auto tenant = key.substr(0, at);
  const auto system = key.substr(at + 1);
  return !tenant.empty() && tenant.size() <= longest_tenant &&
         (is_letter(tenant.front()) || is_digit(tenant.front())) && has_key_characters(tenant) &&
         !system.empty() && system.size() <= longest_system && is_letter(system.front()) &&
         has_key_characters(system);
}

bool is_value(std::string_view value) {
  return !value.empty() && value.size() <= longest_value &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '='; });
}

/// Trailing spaces are not the value's: the format says that it does not end in one.
std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

std::string valid_trace_state(std::string_view text) {
  std::string state;
  std::vector<std::string_view> keys;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto member = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (member.empty()) continue;

    const auto equals = member.find('=');
    if (equals == std::string_view::npos) return {};
    const auto key = member.substr(0, equals);
    if (!is_key(key) || !is_value(member.substr(equals + 1))) return {};
    if (keys.size() == most_members || std::find(keys.begin(), keys.end(), key) != keys.end()) return {};
    keys.push_back(key);
    if (!state.empty()) state.push_back(',');
    state.append(member);
  }
  return state;
}

}  // namespace lmi::telemetry
