#pragma once

#include "invoke/handler_runner.hpp"
#include "lmi/testing.hpp"
#include "testing/meeting.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lmi::testing {

/// Runs all of them at the same time and returns when the last is done. At most OverlapOptions::ways.
using RunTogether = std::function<void(std::span<const invoke::Assignment>)>;

/// What prove_overlap() does, whichever kind the handler is. Each assignment that `run` is given has to take
/// a Seat in `meeting`.
OverlapReport prove(const RunTogether& run, Meeting& meeting, const std::vector<std::string>& events,
                    const OverlapOptions& options);

}  // namespace lmi::testing
