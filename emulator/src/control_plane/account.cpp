#include "control_plane/actions.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <algorithm>
#include <set>

namespace lmi::emulator::control_plane {

void get_account_settings(Services& services, Call call) {
  std::uint64_t code_bytes = 0;
  std::set<std::string> counted;
  unsigned reserved = 0;
  for (const auto& [name, function] : services.registry.functions) {
    for_each_version(function, [&](const model::Version& version) {
      const model::CodePackage& code = version.configuration.code;
      if (counted.insert(code.sha256).second) code_bytes += code.zipped_bytes;
    });
    reserved += function.reserved_concurrency.value_or(0);
  }
  for (const auto& [key, layer] : services.registry.layers) {
    for (const auto& [number, version] : layer.versions) {
      if (counted.insert(version.code.sha256).second) code_bytes += version.code.zipped_bytes;
    }
  }
  const unsigned concurrency = services.config.account_concurrency;
  call.respond(json_reply(
      200, {{"AccountLimit",
             {{"TotalCodeSize", model::quotas::account_code_bytes},
              {"CodeSizeUnzipped", model::quotas::unzipped_package_bytes},
              {"CodeSizeZipped", model::quotas::zipped_package_bytes},
              {"ConcurrentExecutions", concurrency},
              {"UnreservedConcurrentExecutions", concurrency - std::min(concurrency, reserved)}}},
            {"AccountUsage",
             {{"TotalCodeSize", code_bytes}, {"FunctionCount", services.registry.functions.size()}}}}));
}

}  // namespace lmi::emulator::control_plane
