#pragma once

#include <string>
#include <vector>

namespace lmi::emulator::model {

/// One constraint of the model that a request breaks.
struct Violation {
  std::string value;       ///< As printed: "null", "'x'", "'[a, b]'".
  std::string path;        ///< "instanceRequirements.architectures".
  std::string constraint;  ///< "Member must not be null".
};

/// "2 validation errors detected: Value 'x' at 'a' failed to satisfy constraint: …; Value …".
/// The form was recorded from the service.
std::string violations_text(const std::vector<Violation>& violations);

}  // namespace lmi::emulator::model
