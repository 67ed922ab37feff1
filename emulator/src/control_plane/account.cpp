#include "control_plane/actions.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <set>

namespace lmi::emulator::control_plane {

void get_account_settings(Services& services, Call call) {
  std::uint64_t code_bytes = 0;
  std::set<std::string> counted;
  for (const auto& [name, function] : services.registry.functions) {
    for_each_version(function, [&](const model::Version& version) {
      const model::CodePackage& code = version.configuration.code;
      if (counted.insert(code.sha256).second) code_bytes += code.zipped_bytes;
    });
  }
  call.respond(json_reply(
      200, {{"AccountLimit",
             {{"TotalCodeSize", model::quotas::account_code_bytes},
              {"CodeSizeUnzipped", model::quotas::unzipped_package_bytes},
              {"CodeSizeZipped", model::quotas::zipped_package_bytes},
              {"ConcurrentExecutions", model::quotas::account_concurrency},
              {"UnreservedConcurrentExecutions", model::quotas::account_concurrency}}},
            {"AccountUsage",
             {{"TotalCodeSize", code_bytes}, {"FunctionCount", services.registry.functions.size()}}}}));
}

}  // namespace lmi::emulator::control_plane
