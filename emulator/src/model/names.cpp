#include "model/names.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace lmi::emulator::model {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

bool is_account(std::string_view part) {
  return part.size() == 12 &&
         std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool looks_like_region(std::string_view part) {
  return std::count(part.begin(), part.end(), '-') >= 2 && !part.empty() && part.back() >= '0' &&
         part.back() <= '9';
}

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

ApiError other_region(std::string_view theirs, const Scope& scope) {
  return not_found(
      join({"Functions from '", theirs, "' are not reachable in this region ('", scope.region, "')"}));
}

/// The code is recorded, with an empty message; the text is ours.
ApiError other_account(std::string_view theirs, const Scope& scope) {
  return {"AccessDeniedException",
          join({"Resources of account '", theirs, "' are not reachable: this emulator's account is '",
                scope.account_id, "' (lmi up --account)."})};
}

}  // namespace

Result<FunctionReference> parse_function(std::string_view text, std::string_view query_qualifier,
                                         const Scope& scope) {
  auto parts = split(text);
  std::size_t at = 0;
  const auto followed = [&] { return at + 1 < parts.size(); };
  if (parts.size() > 3 && parts[0] == "arn") at = 3;  // arn:aws:lambda:
  // Only before an account or the word: "my-fn-1:2" is version 2 of a function, though it looks like a
  // region.
  if (followed() && looks_like_region(parts[at]) &&
      (is_account(parts[at + 1]) || parts[at + 1] == "function")) {
    if (parts[at] != scope.region) return other_region(parts[at], scope);
    ++at;
  }
  if (followed() && is_account(parts[at])) {
    if (parts[at] != scope.account_id) return other_account(parts[at], scope);
    ++at;
  }
  if (followed() && parts[at] == "function") ++at;

  FunctionReference reference{std::string{parts[at]}, {}};
  if (at + 1 < parts.size()) reference.qualifier = parts[at + 1];
  if (!query_qualifier.empty()) {
    if (!reference.qualifier.empty() && reference.qualifier != query_qualifier) {
      return invalid_parameter(
          "The derived qualifier from the function name does not match the specified qualifier.");
    }
    reference.qualifier = query_qualifier;
  }
  return reference;
}

Result<std::string> parse_capacity_provider(std::string_view text, const Scope& scope) {
  const auto parts = split(text);
  if (parts.size() < 7) return std::string{text};
  if (parts[3] != scope.region) {
    // Ours, after the text for functions.
    return not_found(join({"Capacity providers from '", parts[3], "' are not reachable in this region ('",
                           scope.region, "')"}));
  }
  if (parts[4] != scope.account_id) return other_account(parts[4], scope);
  return std::string{parts[6]};
}

LayerReference parse_layer(std::string_view text) {
  const auto parts = split(text);
  if (parts.size() < 7) return {std::string{text}, {}, {}};
  return {std::string{parts[6]}, std::string{parts[3]},
          parts.size() > 7 ? std::string{parts[7]} : std::string{}};
}

std::string layer_arn(const Scope& scope, std::string_view name) {
  return join({"arn:aws:lambda:", scope.region, ":", scope.account_id, ":layer:", name});
}

std::string function_arn(const Scope& scope, std::string_view name) {
  return join({"arn:aws:lambda:", scope.region, ":", scope.account_id, ":function:", name});
}

std::string function_arn(const Scope& scope, std::string_view name, std::string_view qualifier) {
  return function_arn(scope, name) + ":" + std::string{qualifier};
}

std::string capacity_provider_arn(const Scope& scope, std::string_view name) {
  return join({"arn:aws:lambda:", scope.region, ":", scope.account_id, ":capacity-provider:", name});
}

bool is_version_number(std::string_view qualifier) {
  return !qualifier.empty() &&
         std::all_of(qualifier.begin(), qualifier.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace lmi::emulator::model
