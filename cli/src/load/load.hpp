#pragma once

#include "options.hpp"
#include "result.hpp"

namespace lmi::cli::load {

/// Sends the load, shows progress on stderr and the result table on stdout. ExitCode::failed when any request
/// failed or was not sent.
Result<ExitCode> load(const LoadOptions& options);

}  // namespace lmi::cli::load
