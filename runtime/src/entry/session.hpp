#pragma once

#include "invoke/engine.hpp"
#include "lmi/options.hpp"

#include <functional>
#include <memory>

namespace lmi::entry {

using MakeEngine = std::function<std::unique_ptr<invoke::Engine>(const invoke::EngineParts& parts,
                                                                 const RunOptions& options)>;

/// What run() does whichever kind the handler is: reads the environment, sets logging up, runs the init
/// function, serves until told to stop, drains. Returns the exit code; ends the process instead when handlers
/// do not stop.
int serve(const RunOptions& options, const MakeEngine& make_engine);

}  // namespace lmi::entry
