#pragma once

#include "simulate/arrival.hpp"
#include "simulate/json_reader.hpp"

#include <filesystem>

namespace lmi::sizing::simulate {

/// The member `arrival`: one source, or an array of sources that add up. Files are looked for in `directory`.
/// Throws InputError.
Arrivals read_arrivals(const JsonValue& value, Time duration, const std::filesystem::path& directory);

}  // namespace lmi::sizing::simulate
