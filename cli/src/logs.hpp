#pragma once

#include "options.hpp"
#include "result.hpp"

namespace lmi::cli {

/// Prints the function's log lines; with `follow` until interrupted. Only the emulator has them.
Result<void> logs(const LogsOptions& options);

}  // namespace lmi::cli
