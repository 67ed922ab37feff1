#pragma once

#include "fleet/catalogue.hpp"
#include "options.hpp"
#include "result.hpp"

namespace lmi::cli {

/// `lmi simulate`: predicts how a workload behaves on Managed Instances. `catalogue` are the instance types.
Result<ExitCode> simulate(const SimulateOptions& options, const emulator::fleet::Catalogue& catalogue);

}  // namespace lmi::cli
