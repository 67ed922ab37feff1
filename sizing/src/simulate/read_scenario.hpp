#pragma once

#include "simulate/scenario.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace lmi::sizing::simulate {

/// What is wrong with a scenario, for people: the member, what it holds, what was expected.
struct BadInput {
  std::string what;
};

/// Only for .value() of a failed result, which is a bug at the call site.
[[noreturn]] inline void throw_exception_from_error(const BadInput& bad, const boost::source_location&) {
  throw std::logic_error{bad.what};
}

template <class T>
using Checked = boost::system::result<T, BadInput>;

/// Reads a file as JSON, without looking at its members.
Checked<nlohmann::ordered_json> read_json(const std::filesystem::path& file);

/// The scenario a JSON object describes (docs/simulate.md). Files it names are looked for in `directory`.
Checked<Scenario> read_scenario(const nlohmann::ordered_json& json, const std::filesystem::path& directory);

}  // namespace lmi::sizing::simulate
