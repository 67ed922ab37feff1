#include "environment/process_environment.hpp"

#include "environment/platform_log.hpp"

#include <charconv>
#include <map>
#include <string_view>

namespace lmi::emulator::environment {
namespace {

using Variables = std::map<std::string, std::string>;

const char* const credential_names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};

std::string opt(const EnvironmentSpec& spec) {
  return spec.opt_root.empty() ? "/opt" : spec.opt_root.string();
}

std::string customer_value(const EnvironmentSpec& spec, const std::string& name, std::string otherwise) {
  const auto found = spec.variables.find(name);
  return found == spec.variables.end() ? otherwise : found->second;
}

/// The function's own variables; names with a leading underscore are the platform's.
Variables customer_variables(const EnvironmentSpec& spec) {
  Variables variables;
  for (const auto& [name, value] : spec.variables) {
    if (!name.empty() && !name.starts_with('_')) variables.emplace(name, value);
  }
  return variables;
}

/// What runtime and extensions have in common. Platform values replace the customer's, except the named few.
void add_common(Variables& variables, const EnvironmentSpec& spec, unsigned short port) {
  variables["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:" + std::to_string(port);
  variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = initialization_type(spec);
  variables["AWS_LAMBDA_FUNCTION_NAME"] = spec.function_name;
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = spec.function_version;
  variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(spec.memory_mb);
  variables["AWS_REGION"] = spec.region;
  variables["AWS_DEFAULT_REGION"] = spec.region;
  variables["TMPDIR"] = spec.tmp_directory.string();
  if (!spec.opt_root.empty()) variables["LMI_OPT_ROOT"] = spec.opt_root.string();
  for (const char* name : credential_names) variables.try_emplace(name);

  variables.try_emplace("AWS_LAMBDA_LOG_FORMAT", spec.log_format);
  if (!spec.log_level.empty()) variables.try_emplace("AWS_LAMBDA_LOG_LEVEL", spec.log_level);
  const auto task = spec.task_root.string();
  variables.try_emplace("TZ", ":UTC");
  variables.try_emplace("LANG", "en_US.UTF-8");
  variables.try_emplace("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:" + opt(spec) + "/bin");
  variables.try_emplace("LD_LIBRARY_PATH", "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:" +
                                               task + ":" + task + "/lib:" + opt(spec) + "/lib");
}

std::vector<std::string> to_block(const Variables& variables) {
  std::vector<std::string> block;
  block.reserve(variables.size());
  for (const auto& [name, value] : variables) block.push_back(name + "=" + value);
  return block;
}

}  // namespace

std::size_t concurrency_limit(const std::optional<std::string>& max_concurrency) {
  if (!max_concurrency) return 1;
  std::size_t limit = 0;
  const char* end = max_concurrency->data() + max_concurrency->size();
  const auto [stopped, error] = std::from_chars(max_concurrency->data(), end, limit);
  return error == std::errc{} && stopped == end && limit > 0 ? limit : 1;
}

std::vector<std::string> runtime_environment(const EnvironmentSpec& spec, unsigned short runtime_api_port) {
  auto variables = customer_variables(spec);
  add_common(variables, spec, runtime_api_port);
  variables.erase("AWS_LAMBDA_MAX_CONCURRENCY");
  if (spec.max_concurrency) {
    variables["AWS_LAMBDA_MAX_CONCURRENCY"] = std::to_string(concurrency_limit(spec.max_concurrency));
  }
  variables["AWS_LAMBDA_LOG_GROUP_NAME"] = spec.log_group;
  variables["AWS_LAMBDA_LOG_STREAM_NAME"] = spec.log_stream;
  variables["_HANDLER"] = spec.handler;
  variables["LAMBDA_TASK_ROOT"] = spec.task_root.string();
  variables["LAMBDA_RUNTIME_DIR"] = "/var/runtime";
  variables["AWS_XRAY_CONTEXT_MISSING"] = customer_value(spec, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
  const auto xray_daemon = customer_value(spec, "AWS_XRAY_DAEMON_ADDRESS", "");
  variables["AWS_XRAY_DAEMON_ADDRESS"] = xray_daemon;
  variables["_AWS_XRAY_DAEMON_ADDRESS"] = "";
  variables["_AWS_XRAY_DAEMON_PORT"] = "2000";
  return to_block(variables);
}

std::vector<std::string> extension_environment(const EnvironmentSpec& spec, unsigned short runtime_api_port) {
  auto variables = customer_variables(spec);
  add_common(variables, spec, runtime_api_port);
  variables.erase("AWS_LAMBDA_MAX_CONCURRENCY");
  return to_block(variables);
}

}  // namespace lmi::emulator::environment
