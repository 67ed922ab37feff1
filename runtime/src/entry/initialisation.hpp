#pragma once

#include "lmi/error.hpp"
#include "lmi/options.hpp"

#include <functional>
#include <optional>

namespace spdlog {
class logger;
}

namespace lmi::entry {

/// Runs init and its steps in their order, on this thread, and logs how long each named one took. Returns why
/// the first that failed did.
///
/// `timed_out` is called, on a thread of the library's, when they have not finished within
/// options.init_timeout: with an error that names the step under way and what the others took. It has to end
/// the process, because nothing can end the step.
std::optional<Error> initialise(const RunOptions& options, spdlog::logger& log,
                                const std::function<void(const Error&)>& timed_out);

}  // namespace lmi::entry
