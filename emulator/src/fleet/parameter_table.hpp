#pragma once

#include "fleet/parameters.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace lmi::emulator::fleet {

/// How good the evidence for a parameter's value is.
enum class Grade {
  documented,  ///< AWS says so.
  measured,    ///< Somebody observed it on AWS.
  inferred,    ///< Follows from other facts.
  ours,        ///< AWS is silent; chosen here.
};

/// One parameter: everything there is to know about it, and where it is. Reading, checking and showing all go
/// by these rows.
struct ParameterInfo {
  using Member = std::variant<Parameters::Duration Parameters::*, unsigned Parameters::*,
                              Routing Parameters::*, ScalingPolicy Parameters::*>;
  std::string_view name;
  Member member;
  std::int64_t least;  ///< Of durations in microseconds; not used for names.
  std::int64_t most;
  Grade grade;
  std::string_view meaning;
  std::string_view source;
};

/// Every parameter, in the order of the structure.
std::span<const ParameterInfo> parameter_table();

/// The value as set_parameter() takes it, e.g. "12h", "50ms", "95" or "spread".
std::string value_text(const Parameters& parameters, const ParameterInfo& info);
/// What may be given, e.g. "0s to 10min", "1 to 100" or "spread, pack".
std::string range_text(const ParameterInfo& info);
std::string_view name_of(Grade grade);

/// Sets a parameter by its name. Durations are a whole number and a unit (us, ms, s, min, h, d; a bare number
/// is seconds). The error, for people, names the parameter, the value and what may be given; absent: done.
std::optional<std::string> set_parameter(Parameters& parameters, std::string_view name,
                                         std::string_view value);

/// What is wrong between parameters that are each within their range; absent: nothing.
std::optional<std::string> inconsistency(const Parameters& parameters);

}  // namespace lmi::emulator::fleet
