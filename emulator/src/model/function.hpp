#pragma once

#include "model/alias.hpp"
#include "model/event_invoke_config.hpp"
#include "model/function_url.hpp"
#include "model/names.hpp"
#include "model/provisioned_concurrency.hpp"
#include "model/runtime_management.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::model {

/// A deployment package, named by what is in it.
struct CodePackage {
  std::string sha256;  ///< Hexadecimal; the package's directory has this name.
  std::uint64_t zipped_bytes = 0;
  std::string source_kms_key_arn{};  ///< Shown, without effect: the package is not encrypted. Empty: none.
  std::uint64_t unzipped_bytes = 0;  ///< 0: not known, of records that were written before it was kept.
  friend bool operator==(const CodePackage&, const CodePackage&) = default;
};

/// CapacityProviderConfig of a function, with defaults filled in.
struct ManagedInstances {
  std::string provider{};      ///< Bare name.
  std::string provider_arn{};  ///< As given.
  unsigned max_concurrency = 1;
  double gib_per_vcpu = 2.0;
  friend bool operator==(const ManagedInstances&, const ManagedInstances&) = default;
};

struct LoggingConfig {
  std::string format = "Text";
  std::string application_level;  ///< Empty: not set.
  std::string system_level;       ///< Empty: not set.
  std::string group;
  friend bool operator==(const LoggingConfig&, const LoggingConfig&) = default;
};

/// A layer version that a function has named. It stays usable when the layer version is deleted.
struct UsedLayer {
  std::string arn;
  CodePackage code;
  friend bool operator==(const UsedLayer&, const UsedLayer&) = default;
};

/// Everything a published version freezes.
struct FunctionConfiguration {
  std::string role;
  std::string runtime;
  std::string handler;
  std::string description;
  unsigned timeout_seconds = 3;
  unsigned memory_mb = 128;
  std::string architecture = "x86_64";
  unsigned ephemeral_storage_mb = 512;
  std::optional<std::map<std::string, std::string>> variables;  ///< nullopt: no Environment was given.
  LoggingConfig logging;
  std::optional<ManagedInstances> managed;  ///< nullopt: a default function.
  std::string echoed;  ///< JSON object of settings that are kept and shown but have no effect here.
  CodePackage code;
  std::vector<UsedLayer> layers;  ///< In the order in which they are laid over each other.
  std::string opt;  ///< The package that holds all layers together, which stands for /opt. Empty: no layers.
  friend bool operator==(const FunctionConfiguration&, const FunctionConfiguration&) = default;
};

enum class VersionState {
  pending,
  active,
  active_non_invocable,
  deactivating,
  deactivated,
  failed,
  deleting
};
enum class UpdateState { none, in_progress, successful, failed };

struct VersionStatus {
  VersionState state = VersionState::pending;
  std::string reason{};
  std::string reason_code{};
  UpdateState update = UpdateState::none;
  std::string update_reason{};
  std::string update_reason_code{};
};

/// What PutFunctionScalingConfig set; absent members stand for the service's defaults.
struct ScalingConfig {
  std::optional<unsigned> min_environments;
  std::optional<unsigned> max_environments;

  static constexpr unsigned default_min = 3;
  unsigned effective_min() const { return min_environments.value_or(default_min); }
  bool deactivates() const { return min_environments == 0U && max_environments == 0U; }
  friend bool operator==(const ScalingConfig&, const ScalingConfig&) = default;
};

/// $LATEST, $LATEST.PUBLISHED or a numbered version.
struct Version {
  std::string qualifier;
  FunctionConfiguration configuration;
  VersionStatus status;
  ScalingConfig scaling;
  /// While $LATEST.PUBLISHED is being replaced, and after that failed: what still serves.
  std::optional<FunctionConfiguration> serving;
  /// What $LATEST was described as when this version was published; its own description may be another.
  /// nullopt: not known, of $LATEST itself and of records that were written before it was kept.
  std::optional<std::string> latest_description;
  std::string last_modified;
  std::string revision_id;
};

struct Function {
  std::string name;
  Scope scope;  ///< Fixed at creation; part of the ARN.
  Version latest;
  std::optional<Version> published;  ///< $LATEST.PUBLISHED.
  std::map<unsigned, Version> numbered;
  unsigned next_version = 1;  ///< Numbers are never used twice.
  std::map<std::string, std::string> tags;
  /// What PutFunctionConcurrency reserved; absent: the function shares the account's unreserved concurrency.
  std::optional<unsigned> reserved_concurrency;

  std::map<std::string, Alias, std::less<>> aliases;
  /// By the version's or alias's qualifier.
  std::map<std::string, ProvisionedConcurrency, std::less<>> provisioned_concurrency;
  /// Resource policies, JSON documents, by the qualifier of the version or alias; "$LATEST" is the function's
  /// own.
  std::map<std::string, std::string, std::less<>> policies;
  /// By the version's qualifier; a version that is not in it has the defaults.
  std::map<std::string, RuntimeManagement, std::less<>> runtime_management;
  bool allows_recursion = false;
  std::map<std::string, FunctionUrl, std::less<>> urls;  ///< By their qualifier.
  EventInvokeConfigs event_invoke_configs;

  std::string arn() const { return function_arn(scope, name); }
  std::string arn(std::string_view qualifier) const { return function_arn(scope, name, qualifier); }
  bool is_managed() const { return latest.configuration.managed.has_value(); }
  /// nullptr when there is no such version. An empty qualifier is $LATEST.
  Version* find(std::string_view qualifier);
  const Version* find(std::string_view qualifier) const;
  /// nullptr when there is no such alias.
  const Alias* alias(std::string_view name) const;
  /// Drops the settings kept for a version or alias that is going.
  void forget(const std::string& qualifier);
};

}  // namespace lmi::emulator::model
