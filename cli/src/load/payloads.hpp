#pragma once

#include "options.hpp"
#include "result.hpp"

#include <string>
#include <vector>

namespace lmi::cli::load {

/// The events to send, in turn.
struct Payloads {
  std::vector<std::string> names;  ///< File stems; "payload" for a single one from --payload.
  std::vector<std::string> bodies;
};

/// From --payload or --payload-dir (its files in order of their names). A failure when there is none, or one
/// is not JSON.
Result<Payloads> read_payloads(const LoadOptions& options);

}  // namespace lmi::cli::load
