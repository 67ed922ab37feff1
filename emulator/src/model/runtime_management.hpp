#pragma once

#include <string>

namespace lmi::emulator::model {

/// When AWS would move a version to a newer runtime. The emulator runs the runtime in the package, so this is
/// kept and shown only.
struct RuntimeManagement {
  std::string update_on = "Auto";   ///< "Auto", "FunctionUpdate" or "Manual".
  std::string runtime_version_arn;  ///< Of "Manual". Empty otherwise.
};

}  // namespace lmi::emulator::model
