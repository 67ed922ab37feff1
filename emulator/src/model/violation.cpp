#include "model/violation.hpp"

namespace lmi::emulator::model {

std::string violations_text(const std::vector<Violation>& violations) {
  std::string text =
      std::to_string(violations.size()) +
      (violations.size() == 1 ? " validation error detected: " : " validation errors detected: ");
  const char* separator = "";
  for (const Violation& violation : violations) {
    text += separator;
    text += "Value " + violation.value + " at '" + violation.path +
            "' failed to satisfy constraint: " + violation.constraint;
    separator = "; ";
  }
  return text;
}

}  // namespace lmi::emulator::model
