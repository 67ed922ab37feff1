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

}  // namespace

Result<FunctionReference> parse_function(std::string_view text, std::string_view query_qualifier,
                                         const Scope& scope) {
  auto parts = split(text);
  std::size_t at = 0;
  std::string_view region;
  if (parts.size() >= 7 && parts[0] == "arn") {
    region = parts[3];
    at = 5;  // arn:aws:lambda:<region>:<account>:
  } else {
    // The partial forms: [<region>:][<account>:]function:<name>[:<qualifier>]
    const auto word = std::find(parts.begin(), parts.end(), "function");
    if (word != parts.end() && word + 1 != parts.end()) {
      at = static_cast<std::size_t>(word - parts.begin());
      if (looks_like_region(parts[0])) region = parts[0];
    } else if (parts.size() >= 2 && is_account(parts[0])) {
      at = 1;
    }
  }
  if (!region.empty() && region != scope.region) return other_region(region, scope);
  if (at + 1 < parts.size() && parts[at] == "function") ++at;

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
