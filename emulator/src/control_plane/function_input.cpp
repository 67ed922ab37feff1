#include "control_plane/function_input.hpp"

#include "model/quotas.hpp"
#include "model/runtimes.hpp"
#include "model/validator.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using Fault = std::optional<model::ApiError>;

/// True for what stands for "none": {}, [], "", and structures of nothing but these, as
/// {"SubnetIds": [], "SecurityGroupIds": []}.
bool is_blank(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  if (value.is_array()) return value.empty();
  return value.is_object() && std::all_of(value.begin(), value.end(), is_blank);
}

/// Kept and shown, without effect in this emulator.
constexpr std::array<const char*, 7> echoed_members = {"DeadLetterConfig", "KMSKeyArn",     "TracingConfig",
                                                       "TenancyConfig",    "DurableConfig", "VpcConfig",
                                                       "FileSystemConfigs"};

/// Names the platform sets itself (AWS documentation, "Defined runtime environment variables").
constexpr std::array<std::string_view, 21> reserved_variables = {"_HANDLER",
                                                                 "_X_AMZN_TRACE_ID",
                                                                 "AWS_ACCESS_KEY",
                                                                 "AWS_ACCESS_KEY_ID",
                                                                 "AWS_DEFAULT_REGION",
                                                                 "AWS_EXECUTION_ENV",
                                                                 "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                                 "AWS_LAMBDA_FUNCTION_NAME",
                                                                 "AWS_LAMBDA_FUNCTION_VERSION",
                                                                 "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                                 "AWS_LAMBDA_LOG_GROUP_NAME",
                                                                 "AWS_LAMBDA_LOG_STREAM_NAME",
                                                                 "AWS_LAMBDA_MAX_CONCURRENCY",
                                                                 "AWS_LAMBDA_METADATA_API",
                                                                 "AWS_LAMBDA_METADATA_TOKEN",
                                                                 "AWS_LAMBDA_RUNTIME_API",
                                                                 "AWS_REGION",
                                                                 "AWS_SECRET_ACCESS_KEY",
                                                                 "AWS_SECRET_KEY",
                                                                 "AWS_SESSION_TOKEN",
                                                                 "LAMBDA_TASK_ROOT"};

Fault read_runtime(const json& input, model::FunctionConfiguration& configuration) {
  configuration.runtime = input.value("Runtime", configuration.runtime);
  const std::string& runtime = configuration.runtime;
  switch (model::runtime_status(runtime)) {
    case model::RuntimeStatus::unknown:  // recorded
      return model::invalid_parameter("Value " + runtime + " at 'runtime' failed to satisfy constraint: " +
                                      model::enum_constraint(model::current_runtimes()) +
                                      " or be a valid ARN");
    case model::RuntimeStatus::deprecated:  // recorded
      return model::invalid_parameter(
          "The runtime parameter of " + runtime +
          " is no longer supported for creating or updating AWS Lambda functions. We "
          "recommend you use a supported runtime while creating or updating functions.");
    case model::RuntimeStatus::current: break;
  }
  if (configuration.managed && !model::managed_concurrency_per_vcpu(runtime)) {  // LocalStack's text
    return model::invalid_parameter("Runtime Enum " + runtime +
                                    " does not support specified feature: Lambda Managed Instances");
  }
  return std::nullopt;
}

Fault read_variables(const json& input, model::FunctionConfiguration& configuration) {
  if (!input.contains("Environment")) return std::nullopt;
  const json variables = input.at("Environment").value("Variables", json::object());
  const std::string measured = variables.dump();
  if (measured.size() > model::quotas::environment_bytes) {  // recorded
    return model::invalid_parameter(
        "Lambda was unable to configure your environment variables because the environment variables you "
        "have "
        "provided exceeded the 4KB limit. String measured: " +
        measured);
  }
  std::string reserved;
  for (const auto& [name, value] : variables.items()) {
    if (std::find(reserved_variables.begin(), reserved_variables.end(), name) == reserved_variables.end())
      continue;
    reserved += (reserved.empty() ? "" : ", ") + name;
  }
  if (!reserved.empty()) {  // text: from memory of AWS's, not recorded
    return model::invalid_parameter(
        "Lambda was unable to configure your environment variables because the environment variables you "
        "have "
        "provided contains reserved keys that are currently not supported for modification. Reserved keys "
        "used in "
        "this request: " +
        reserved);
  }
  configuration.variables = variables.get<std::map<std::string, std::string>>();
  return std::nullopt;
}

Fault read_logging(const json& input, model::FunctionConfiguration& configuration) {
  if (!input.contains("LoggingConfig")) return std::nullopt;
  const json& given = input.at("LoggingConfig");
  model::LoggingConfig& logging = configuration.logging;
  const bool was_text = logging.format == "Text";
  logging.format = given.value("LogFormat", logging.format);
  const bool has_level = given.contains("ApplicationLogLevel") || given.contains("SystemLogLevel");
  // Managed functions log JSON only, and get the same refusal (LocalStack's text).
  if (logging.format == "Text" && (has_level || configuration.managed)) {
    return model::invalid_parameter(
        "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or "
        "change "
        "the LogFormat to \"JSON\" and try again.");
  }
  if (logging.format == "Text") {
    logging.application_level.clear();
    logging.system_level.clear();
  } else {
    logging.application_level =
        given.value("ApplicationLogLevel", was_text ? std::string{"INFO"} : logging.application_level);
    logging.system_level =
        given.value("SystemLogLevel", was_text ? std::string{"INFO"} : logging.system_level);
  }
  logging.group = given.value("LogGroup", logging.group);
  return std::nullopt;
}

Fault refuse_network(const json& input, const model::FunctionConfiguration& configuration) {
  if (!configuration.managed) return std::nullopt;
  if (input.contains("VpcConfig") &&
      !is_blank(input.at("VpcConfig"))) {  // seen in a report of a real deployment
    return model::invalid_parameter(
        "You can't use Lambda Managed Instance functions with VPC configurations.");
  }
  if (const json systems = input.value("FileSystemConfigs", json::array()); !systems.empty()) {  // as above
    return model::invalid_parameter(
        "Function must be configured to execute in a VPC to reference access point " +
        systems.front().at("Arn").get<std::string>() + ".");
  }
  return std::nullopt;
}

Fault check_snap_start(const json& input, const model::FunctionConfiguration& configuration) {
  if (!input.contains("SnapStart")) return std::nullopt;
  const bool wanted = input.at("SnapStart").value("ApplyOn", "None") != "None";
  if (wanted && configuration.managed) {  // text: after the one for runtimes, ours
    return model::invalid_parameter(
        "Lambda Managed Instance functions do not support specified feature: SnapStart");
  }
  if (wanted) {
    return model::not_implemented(
        "SnapStart is not supported by this emulator. Leave it out, or ApplyOn None.");
  }
  return std::nullopt;
}

void read_echoed(const json& input, model::FunctionConfiguration& configuration) {
  json echoed = configuration.echoed.empty() ? json::object() : json::parse(configuration.echoed);
  for (const char* member : echoed_members) {
    if (!input.contains(member)) continue;
    if (is_blank(input.at(member))) {
      echoed.erase(member);
    } else {
      echoed[member] = input.at(member);
    }
  }
  configuration.echoed = echoed.empty() ? "" : echoed.dump();
}

}  // namespace

model::ApiError image_config_refused() {
  return model::invalid_parameter("ImageConfig is only supported for functions with packageType Image.");
}

model::FunctionConfiguration default_settings(const std::string& function_name, bool managed) {
  model::FunctionConfiguration configuration;
  configuration.logging.group = "/aws/lambda/" + function_name;
  if (managed) {
    configuration.memory_mb = model::quotas::managed_memory_mb_min;
    configuration.logging = {"JSON", "INFO", "INFO", configuration.logging.group};
  } else {
    configuration.memory_mb = model::quotas::default_memory_mb_min;
  }
  return configuration;
}

Fault read_settings(const json& input, model::FunctionConfiguration& configuration) {
  if (auto fault = read_runtime(input, configuration)) return fault;
  configuration.role = input.value("Role", configuration.role);
  configuration.handler = input.value("Handler", configuration.handler);
  configuration.description = input.value("Description", configuration.description);
  configuration.timeout_seconds = input.value("Timeout", configuration.timeout_seconds);
  configuration.memory_mb = input.value("MemorySize", configuration.memory_mb);
  if (input.contains("EphemeralStorage")) {
    configuration.ephemeral_storage_mb = input.at("EphemeralStorage").at("Size").get<unsigned>();
  }
  if (!configuration.managed && configuration.memory_mb > model::quotas::default_memory_mb_max) {
    return model::validation(
        "1 validation error detected: Value '" + std::to_string(configuration.memory_mb) +
        "' at 'memorySize' failed to satisfy constraint: Member must have value less than or "
        "equal to " +
        std::to_string(model::quotas::default_memory_mb_max));
  }
  if (auto fault = refuse_network(input, configuration)) return fault;
  if (auto fault = check_snap_start(input, configuration)) return fault;
  if (input.contains("ImageConfig")) return image_config_refused();
  if (auto fault = read_variables(input, configuration)) return fault;
  if (auto fault = read_logging(input, configuration)) return fault;
  read_echoed(input, configuration);
  return std::nullopt;
}

}  // namespace lmi::emulator::control_plane
