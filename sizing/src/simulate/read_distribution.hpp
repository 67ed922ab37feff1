#pragma once

#include "simulate/distribution.hpp"
#include "simulate/json_reader.hpp"

namespace lmi::sizing::simulate {

/// A number (always the same) or an object with one member: constant, uniform, exponential, lognormal, gamma,
/// percentiles or histogram. Milliseconds. Throws InputError.
Distribution read_distribution(const JsonValue& value);

}  // namespace lmi::sizing::simulate
