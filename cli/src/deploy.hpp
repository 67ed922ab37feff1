#pragma once

#include "options.hpp"
#include "result.hpp"

namespace lmi::cli {

/// Packs, creates or updates the function, publishes it to $LATEST.PUBLISHED, scales it and waits until it
/// can be invoked. Prints what there is now on stdout, progress on stderr.
Result<void> deploy(const DeployOptions& options);

}  // namespace lmi::cli
