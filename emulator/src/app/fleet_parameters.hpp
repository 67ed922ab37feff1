#pragma once

#include "fleet/parameters.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace lmi::emulator::app {

/// Fleet parameters, or what is wrong, for people.
using FleetParametersResult = std::variant<fleet::Parameters, std::string>;

/// Reads a JSON object of parameter names and values (see `lmi fleet parameters`): durations as "90s", counts
/// as numbers, names as text. "profile": "aws" begins with AWS's likely values, "local", the default, with
/// those shortened for local work. Errors name the parameter, the value and its range.
FleetParametersResult parse_fleet_parameters(std::string_view json);
/// The same from a file; the error names it.
FleetParametersResult read_fleet_parameters(const std::filesystem::path& file);

/// Every parameter with its value, default, AWS's likely value, range, grade, meaning and source.
std::string fleet_parameters_table(const fleet::Parameters& parameters);
std::string fleet_parameters_json(const fleet::Parameters& parameters);

/// Prints them, as `lmi up --fleet-parameters FILE` would have them (empty: the defaults). What is wrong with
/// the file is said on stderr and gives an exit code other than 0.
int show_fleet_parameters(const std::filesystem::path& file, bool json_output);

}  // namespace lmi::emulator::app
