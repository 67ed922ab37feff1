#pragma once

#include "core/settings.hpp"
#include "invoke/engine.hpp"
#include "lmi/options.hpp"
#include "transport/endpoint.hpp"

#include <functional>
#include <memory>

namespace lmi::entry {

using MakeEngine = std::function<std::unique_ptr<invoke::Engine>(const invoke::EngineParts& parts,
                                                                 const RunOptions& options)>;

/// What run() does whichever kind the handler is: reads the environment, and serves in this process or, when
/// asked, in supervised children. Returns the exit code; ends the process instead when handlers do not stop.
int serve(const RunOptions& options, const MakeEngine& make_engine);

/// What a serving process is told by whoever started it.
struct SessionPlan {
  core::Settings settings;
  transport::Endpoint endpoint;
  /// Null: the session makes its own, and reports a crash itself. Else a supervisor's, who does.
  invoke::InFlightTable* table = nullptr;
  const transport::DescriptorSender* supervisor = nullptr;  ///< With a table: where that supervisor listens.
};

/// One serving process: sets logging up, runs the init functions, serves until told to stop, drains.
int serve_here(SessionPlan plan, const RunOptions& options, const MakeEngine& make_engine);

}  // namespace lmi::entry
