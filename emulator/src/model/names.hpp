#pragma once

#include "model/api_error.hpp"

#include <string>
#include <string_view>

namespace lmi::emulator::model {

/// Where a request is answered: part of every ARN.
struct Scope {
  std::string region;
  std::string account_id;
};

/// A function as a caller named it.
struct FunctionReference {
  std::string name;       ///< Bare.
  std::string qualifier;  ///< Empty: none was given.
};

/// Reads a function name in any of the API's forms: "f", "f:1", "function:f", "123456789012:function:f:live",
/// "arn:aws:lambda:…:function:f:$LATEST.PUBLISHED". `text` has passed the model's pattern.
/// `query_qualifier` is that of the query; empty: none. Errors: the two qualifiers differ; another region
/// or account.
Result<FunctionReference> parse_function(std::string_view text, std::string_view query_qualifier,
                                         const Scope& scope);

/// The bare name in a capacity provider's name or ARN. Errors: another region or account.
Result<std::string> parse_capacity_provider(std::string_view text, const Scope& scope);

/// A layer, or one of its versions, as a caller named it.
struct LayerReference {
  std::string name;     ///< Bare.
  std::string region;   ///< Empty: the caller's.
  std::string version;  ///< Digits. Empty: none was given.
};
/// Reads "layer" or "arn:aws:lambda:…:layer:NAME[:VERSION]". `text` has passed the model's pattern.
LayerReference parse_layer(std::string_view text);

std::string layer_arn(const Scope& scope, std::string_view name);
std::string function_arn(const Scope& scope, std::string_view name);
std::string function_arn(const Scope& scope, std::string_view name, std::string_view qualifier);
std::string capacity_provider_arn(const Scope& scope, std::string_view name);

inline constexpr std::string_view latest = "$LATEST";
inline constexpr std::string_view latest_published = "$LATEST.PUBLISHED";

/// A version number, not an alias or one of the two names above.
bool is_version_number(std::string_view qualifier);

}  // namespace lmi::emulator::model
