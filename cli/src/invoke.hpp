#pragma once

#include "options.hpp"
#include "result.hpp"

namespace lmi::cli {

/// Invokes once and prints the answer on stdout. When the function failed, what it answered goes to stderr
/// and the exit code is 1.
Result<ExitCode> invoke(const InvokeOptions& options);

}  // namespace lmi::cli
