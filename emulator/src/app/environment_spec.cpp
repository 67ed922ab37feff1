#include "app/environment_spec.hpp"

#include "app/names.hpp"

#include <utility>

namespace lmi::emulator::app {

environment::EnvironmentSpec spec_of_version(const control_plane::VersionDeployment& version,
                                             const EnvironmentPlace& place) {
  const ArnParts arn = parts_of_arn(version.arn);
  environment::EnvironmentSpec spec;
  spec.id = place.id;
  spec.function_name = version.key.function;
  spec.function_version = version.key.qualifier;
  spec.function_arn = version.arn;
  spec.handler = version.handler;
  if (!arn.region.empty()) spec.region = arn.region;
  if (!arn.account_id.empty()) spec.account_id = arn.account_id;
  spec.memory_mb = version.memory_mb;
  spec.variables = version.variables;
  spec.log_format = version.log_format;
  spec.log_level = version.log_level;
  spec.system_log_level = version.system_log_level;
  spec.log_group = version.log_group.empty() ? "/aws/lambda/" + version.key.function : version.log_group;
  spec.log_stream = log_stream(place.day, version.key.qualifier, place.id);
  spec.task_root = version.task_root;
  spec.opt_root = version.opt_root.empty() ? place.opt_root : version.opt_root;
  spec.tmp_directory = place.tmp_directory;
  spec.memory_limit_bytes = std::uint64_t{version.memory_mb} << 20U;
  spec.timeout = version.timeout;
  return spec;
}

observe::LogEvent log_event(const control_plane::VersionKey& key, const std::string& id,
                            std::chrono::system_clock::time_point time, environment::LogSource source,
                            std::string line) {
  const char* source_name = source == environment::LogSource::platform   ? "platform"
                            : source == environment::LogSource::function ? "function"
                                                                         : "extension";
  return {.seq = 0,
          .time = time,
          .function_name = key.function,
          .version = key.qualifier,
          .environment = id,
          .source = source_name,
          .line = std::move(line)};
}

}  // namespace lmi::emulator::app
