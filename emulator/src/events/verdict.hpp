#pragma once

#include "events/accepted_event.hpp"
#include "events/targets.hpp"

#include <string>
#include <vector>

namespace lmi::emulator::events {

/// What follows from an attempt's outcome.
enum class Verdict {
  succeeded,
  retry_later,    ///< At retry_at().
  back_to_queue,  ///< The attempt does not count.
  retries_exhausted,
  age_exceeded,
  gone,
};

/// Pure. `now` is when the attempt ended; event.attempts counts it already when it was a function_error.
Verdict judge(const AcceptedEvent& event, const Outcome& outcome, const Rules& rules,
              const Parameters& parameters, WallTime now);

/// When an event that failed `attempts` times is due again.
WallTime retry_at(unsigned attempts, const Parameters& parameters, WallTime now);

/// What a destination gets: AWS's record, version 1.0. Empty when nothing is configured for `verdict`.
struct Records {
  std::string destination{};  ///< ARN; empty: none.
  std::string record{};
  std::vector<Delivery> dead_letters{};  ///< One at most.
};
Records records_for(const AcceptedEvent& event, const Outcome& outcome, const Rules& rules, Verdict verdict,
                    WallTime now);

}  // namespace lmi::emulator::events
