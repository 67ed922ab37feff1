#include "lambda_api.hpp"

#include "base64.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace lmi::cli {
namespace {

using nlohmann::json;

constexpr const char* functions_path = "/2015-03-31/functions";
constexpr const char* providers_path = "/2025-11-30/capacity-providers";
constexpr const char* function_scaling_path = "/2025-11-30/functions";

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

template <class T>
std::optional<T> number_at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<T>();
}

const json& object_at(const json& object, const char* key) {
  static const json none = json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : none;
}

Result<json> call(HttpClient& http, HttpRequest request, const json* body = nullptr) {
  if (body != nullptr) {
    request.body = body->dump();
    request.content_type = "application/json";
  }
  auto response = http.send(request);
  if (!response) return response.error();
  if (response->status / 100 != 2) return api_failure(*response);
  if (response->body.empty()) return Result<json>{boost::system::in_place_value, json::object()};
  auto parsed = json::parse(response->body, nullptr, false);
  if (!parsed.is_object()) {
    return Failure{ExitCode::failed,
                   http.endpoint().url() + request.path + " did not answer with a JSON object",
                   "is this endpoint AWS Lambda or the emulator?"};
  }
  return Result<json>{boost::system::in_place_value, std::move(parsed)};
}

FunctionInfo to_info(const json& answer) {
  const json& provider =
      object_at(object_at(answer, "CapacityProviderConfig"), "LambdaManagedInstancesCapacityProviderConfig");
  FunctionInfo info;
  info.arn = text_at(answer, "FunctionArn");
  info.version = text_at(answer, "Version");
  info.state = text_at(answer, "State");
  info.state_reason = text_at(answer, "StateReason");
  info.update_status = text_at(answer, "LastUpdateStatus");
  info.update_reason = text_at(answer, "LastUpdateStatusReason");
  info.memory_mb = number_at<unsigned>(answer, "MemorySize").value_or(0);
  info.concurrency = number_at<unsigned>(provider, "PerExecutionEnvironmentMaxConcurrency").value_or(0);
  info.gib_per_vcpu = number_at<double>(provider, "ExecutionEnvironmentMemoryGiBPerVCpu").value_or(0);
  info.provider_arn = text_at(provider, "CapacityProviderArn");
  return info;
}

ProviderInfo to_provider(const json& answer) {
  const json& provider = object_at(answer, "CapacityProvider");
  const json& requirements = object_at(provider, "InstanceRequirements");
  ProviderInfo info{text_at(provider, "CapacityProviderArn"), text_at(provider, "State"), {}};
  const auto architectures = requirements.find("Architectures");
  if (architectures != requirements.end() && architectures->is_array() && architectures->size() == 1 &&
      architectures->front().is_string())
    info.architecture = architectures->front().get<std::string>();
  return info;
}

Result<FunctionInfo> call_for_info(HttpClient& http, HttpRequest request, const json* body = nullptr) {
  auto answer = call(http, std::move(request), body);
  if (!answer) return answer.error();
  return to_info(*answer);
}

/// What CreateFunction and UpdateFunctionConfiguration have in common.
json configuration(const FunctionDefinition& definition) {
  return {{"Role", definition.role},
          {"Runtime", "provided.al2023"},
          {"Handler", "bootstrap"},
          {"MemorySize", definition.memory_mb},
          {"Timeout", definition.timeout_seconds},
          {"Environment", {{"Variables", definition.variables}}},
          {"CapacityProviderConfig",
           {{"LambdaManagedInstancesCapacityProviderConfig",
             {{"CapacityProviderArn", definition.provider_arn},
              {"PerExecutionEnvironmentMaxConcurrency", definition.concurrency},
              {"ExecutionEnvironmentMemoryGiBPerVCpu", definition.gib_per_vcpu}}}}}};
}

std::string function_path(const std::string& name) {
  return std::string{functions_path} + '/' + percent_encode(name);
}

std::string advice_for(const std::string& code) {
  if (code == "TooManyRequestsException") {
    return "every slot of the function is taken: send less at once, or raise its slots with `lmi deploy "
           "--concurrency` or its environments with `lmi deploy --min`";
  }
  if (code == "NoPublishedVersionException") return "publish it: `lmi deploy` does that";
  if (code == "ResourceConflictException") {
    return "if the function is being changed, wait and try again; if it did not start, `lmi logs` says why "
           "and "
           "`lmi deploy` puts it right";
  }
  if (code == "ResourceNotFoundException")
    return "`lmi status` lists what is there; `lmi deploy --name` creates it";
  return {};
}

}  // namespace

std::string invoke_path(const std::string& function) {
  return function_path(function) + "/invocations";
}

std::string qualifier_query(const std::string& qualifier) {
  return qualifier.empty() ? std::string{} : "Qualifier=" + percent_encode(qualifier);
}

Failure api_failure(const HttpResponse& response) {
  const auto body = json::parse(response.body, nullptr, false);
  std::string message;
  std::string code = response.header("x-amzn-errortype");
  if (body.is_object()) {
    message = text_at(body, "message");
    if (message.empty()) message = text_at(body, "Message");
    if (code.empty()) code = text_at(body, "__type");
  }
  code = code.substr(0, code.find(':'));
  if (message.empty()) message = "the endpoint answered with status " + std::to_string(response.status);
  if (const auto reason = body.is_object() ? text_at(body, "Reason") : std::string{}; !reason.empty()) {
    message += " (" + reason + ")";
  }
  return {ExitCode::failed, code.empty() ? message : code + ": " + message, advice_for(code), code};
}

Result<void> check_function_name(const std::string& name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), legal)) return {};
  return Failure{ExitCode::usage, "'" + name + "' is not a function name",
                 "use 1 to 64 letters, digits, '-' and '_', e.g. --name my-function"};
}

Result<bool> LambdaApi::is_emulator() {
  auto response = http_.send({.path = "/_lmi/health"});
  if (!response) return response.error();
  return response->status == 200;
}

Result<ProviderInfo> LambdaApi::capacity_provider(const std::string& name) {
  auto answer = call(http_, {.path = std::string{providers_path} + '/' + percent_encode(name)});
  if (!answer) return answer.error();
  return to_provider(*answer);
}

Result<ProviderInfo> LambdaApi::create_local_capacity_provider(const std::string& name,
                                                               const std::string& architecture) {
  const json body{{"CapacityProviderName", name},
                  {"VpcConfig",
                   {{"SubnetIds", {"subnet-0a", "subnet-0b", "subnet-0c"}}, {"SecurityGroupIds", {"sg-0a"}}}},
                  {"PermissionsConfig",
                   {{"CapacityProviderOperatorRoleArn", "arn:aws:iam::000000000000:role/lmi-operator"}}},
                  {"InstanceRequirements", {{"Architectures", {architecture}}}}};
  auto answer = call(http_, {.method = "POST", .path = providers_path}, &body);
  if (!answer) return answer.error();
  return to_provider(*answer);
}

Result<FunctionInfo> LambdaApi::create_function(const FunctionDefinition& definition) {
  json body = configuration(definition);
  body["FunctionName"] = definition.name;
  body["Architectures"] = {definition.architecture};
  body["Code"] = {{"ZipFile", base64_encode(definition.zip)}};
  return call_for_info(http_, {.method = "POST", .path = functions_path}, &body);
}

Result<FunctionInfo> LambdaApi::update_code(const FunctionDefinition& definition) {
  const json body{{"ZipFile", base64_encode(definition.zip)}, {"Architectures", {definition.architecture}}};
  return call_for_info(http_, {.method = "PUT", .path = function_path(definition.name) + "/code"}, &body);
}

Result<FunctionInfo> LambdaApi::update_configuration(const FunctionDefinition& definition) {
  const json body = configuration(definition);
  return call_for_info(http_, {.method = "PUT", .path = function_path(definition.name) + "/configuration"},
                       &body);
}

Result<FunctionInfo> LambdaApi::get_function(const std::string& name, const std::string& qualifier) {
  return call_for_info(http_,
                       {.path = function_path(name) + "/configuration", .query = qualifier_query(qualifier)});
}

Result<FunctionInfo> LambdaApi::publish_latest(const std::string& name) {
  const json body{{"PublishTo", "LATEST_PUBLISHED"}};
  return call_for_info(http_, {.method = "POST", .path = function_path(name) + "/versions"}, &body);
}

Result<void> LambdaApi::put_scaling(const std::string& name, const std::string& qualifier,
                                    std::optional<unsigned> min, std::optional<unsigned> max) {
  json config = json::object();
  if (min) config["MinExecutionEnvironments"] = *min;
  if (max) config["MaxExecutionEnvironments"] = *max;
  const json body{{"FunctionScalingConfig", config}};
  auto answer = call(
      http_,
      {.method = "PUT",
       .path = std::string{function_scaling_path} + '/' + percent_encode(name) + "/function-scaling-config",
       .query = qualifier_query(qualifier)},
      &body);
  if (!answer) return answer.error();
  return {};
}

Result<ScalingInfo> LambdaApi::get_scaling(const std::string& name, const std::string& qualifier) {
  auto answer = call(http_, {.path = std::string{function_scaling_path} + '/' + percent_encode(name) +
                                     "/function-scaling-config",
                             .query = qualifier_query(qualifier)});
  if (!answer) return answer.error();
  const json& applied = object_at(*answer, "AppliedFunctionScalingConfig");
  ScalingInfo info;
  info.min_environments = number_at<unsigned>(applied, "MinExecutionEnvironments").value_or(0);
  info.max_environments = number_at<unsigned>(applied, "MaxExecutionEnvironments");
  info.applied = !answer->contains("RequestedFunctionScalingConfig") ||
                 object_at(*answer, "RequestedFunctionScalingConfig") == applied;
  return info;
}

Result<unsigned> LambdaApi::ready_environments(const std::string& name) {
  auto answer = call(http_, {.path = "/_lmi/environments"});
  if (!answer) return answer.error();
  const auto found = answer->find("environments");
  if (found == answer->end() || !found->is_array()) return 0U;
  const auto ready = std::count_if(found->begin(), found->end(), [&](const json& environment) {
    return environment.is_object() && text_at(environment, "functionName") == name &&
           text_at(environment, "state") == "ready";
  });
  return static_cast<unsigned>(ready);
}

}  // namespace lmi::cli
