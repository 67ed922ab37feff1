#pragma once

#include "options.hpp"
#include "result.hpp"

namespace lmi::cli {

/// Prints the emulator's execution environments: where they are, what they have done, what they left in /tmp.
Result<void> status(const StatusOptions& options);

}  // namespace lmi::cli
