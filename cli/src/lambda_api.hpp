#pragma once

#include "http_client.hpp"
#include "result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace lmi::cli {

/// What the commands want to know of a function's configuration.
struct FunctionInfo {
  std::string arn;
  std::string version;
  std::string state;  ///< Pending, Active, ActiveNonInvocable, Failed, …
  std::string state_reason;
  std::string update_status;  ///< Successful, InProgress, Failed, or empty.
  std::string update_reason;
  unsigned memory_mb = 0;
  unsigned concurrency = 0;  ///< Slots of one execution environment; 0: not on a capacity provider.
  double gib_per_vcpu = 0;
  std::string provider_arn;
};

struct ProviderInfo {
  std::string arn;
  std::string state;
  std::string architecture;  ///< Of its instances; empty: not said.
};

struct FunctionDefinition {
  std::string name;
  std::string zip;  ///< Bytes.
  std::string role;
  std::string architecture;
  std::string provider_arn;
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned concurrency = 16;
  unsigned timeout_seconds = 30;
  std::map<std::string, std::string> variables;
};

struct ScalingInfo {
  unsigned min_environments = 0;
  std::optional<unsigned> max_environments;
  bool applied = false;  ///< False while the last request is still being carried out.
};

/// The AWS Lambda API as far as the commands need it: typed values in and out, JSON stays in the .cpp.
/// A failure that the endpoint answered with carries AWS's code in Failure::api_code.
class LambdaApi {
 public:
  explicit LambdaApi(HttpClient& http) : http_{http} {}

  /// True when the endpoint is the emulator, which takes made-up roles and subnets.
  Result<bool> is_emulator();

  Result<ProviderInfo> capacity_provider(const std::string& name);
  /// With made-up subnets in three zones: for the emulator.
  Result<ProviderInfo> create_local_capacity_provider(const std::string& name,
                                                      const std::string& architecture);

  Result<FunctionInfo> create_function(const FunctionDefinition& definition);
  Result<FunctionInfo> update_code(const FunctionDefinition& definition);
  Result<FunctionInfo> update_configuration(const FunctionDefinition& definition);
  /// `qualifier` empty: $LATEST.
  Result<FunctionInfo> get_function(const std::string& name, const std::string& qualifier);
  Result<FunctionInfo> publish_latest(const std::string& name);

  Result<void> put_scaling(const std::string& name, const std::string& qualifier, std::optional<unsigned> min,
                           std::optional<unsigned> max);
  Result<ScalingInfo> get_scaling(const std::string& name, const std::string& qualifier);

  /// How many environments of the function are ready. Only the emulator tells.
  Result<unsigned> ready_environments(const std::string& name);

 private:
  HttpClient& http_;
};

/// Path of the Invoke operation, percent-encoded.
std::string invoke_path(const std::string& function);
/// "Qualifier=…" percent-encoded, or "" for none.
std::string qualifier_query(const std::string& qualifier);

/// The failure that an error answer of the API stands for: AWS's message and code, and advice where there is
/// some.
Failure api_failure(const HttpResponse& response);

/// `name` in a message's advice must be a plain function name: letters, digits, '-' and '_', at most 64.
Result<void> check_function_name(const std::string& name);

}  // namespace lmi::cli
