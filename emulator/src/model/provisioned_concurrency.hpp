#pragma once

#include <string>

namespace lmi::emulator::model {

/// What PutProvisionedConcurrencyConfig asked for, for one version or alias of a default function.
struct ProvisionedConcurrency {
  unsigned requested = 1;
  std::string last_modified;
};

}  // namespace lmi::emulator::model
