#pragma once

#include "options.hpp"
#include "result.hpp"

#include <variant>

namespace lmi::cli {

/// Reads the command line and the variables LMI_ENDPOINT, XDG_STATE_HOME and HOME.
/// Gives the command to run, or the exit code when everything was said already: help, version, a usage error.
std::variant<Command, ExitCode> parse_arguments(int argc, const char* const* argv);

}  // namespace lmi::cli
