#include "control_plane/actions.hpp"
#include "control_plane/concurrency_budget.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <cstdint>
#include <set>

namespace lmi::emulator::control_plane {

void get_account_settings(Services& services, Call call) {
  // Usage and quotas are those of one region.
  std::uint64_t code_bytes = 0;
  std::size_t count = 0;
  for (const auto& [name, function] : services.registry.functions) {
    if (function.scope.region != call.scope.region) continue;
    ++count;
    // Each version's package counts, whether or not it is the same as another's (LocalStack's tests on AWS).
    for_each_version(function, [&code_bytes](const model::Version& version) {
      code_bytes += version.configuration.code.zipped_bytes;
    });
  }
  std::set<std::string> counted;
  for (const auto& [key, layer] : services.registry.layers) {
    for (const auto& [number, version] : layer.versions) {
      if (counted.insert(version.code.sha256).second) code_bytes += version.code.zipped_bytes;
    }
  }
  call.respond(json_reply(
      200, {{"AccountLimit",
             {{"TotalCodeSize", model::quotas::account_code_bytes},
              {"CodeSizeUnzipped", model::quotas::unzipped_package_bytes},
              {"CodeSizeZipped", model::quotas::zipped_package_bytes},
              {"ConcurrentExecutions", services.config.account_concurrency},
              {"UnreservedConcurrentExecutions", unreserved_concurrency(services, call.scope.region)}}},
            {"AccountUsage", {{"TotalCodeSize", code_bytes}, {"FunctionCount", count}}}}));
}

}  // namespace lmi::emulator::control_plane
