#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::model {

/// What the service does with a value of CreateFunction's Runtime.
enum class RuntimeStatus {
  unknown,     ///< Not a runtime.
  deprecated,  ///< Once was one; no function may be made with it.
  current,
};

RuntimeStatus runtime_status(std::string_view runtime);

/// The runtimes in the order in which the service prints them.
const std::vector<std::string>& current_runtimes();

/// Invocations an environment of Lambda Managed Instances takes at once for each vCPU when the function says
/// nothing; nullopt: the runtime cannot run there. Sources: AWS's scaling documentation (Node.js 64, Java and
/// .NET 32, Python 16) and, for provided.al2023, the one it gives for Rust (8).
std::optional<unsigned> managed_concurrency_per_vcpu(std::string_view runtime);

}  // namespace lmi::emulator::model
