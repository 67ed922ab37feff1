#pragma once

#include "entry/session.hpp"

namespace lmi::entry {

/// Isolation::processes: forks children that share the slots, replaces those that die, and answers their
/// invocations. Returns the supervisor's exit code; does not return in the children.
int serve_in_processes(SessionPlan plan, const RunOptions& options, const MakeEngine& make_engine);

}  // namespace lmi::entry
