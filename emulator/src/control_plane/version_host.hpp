#pragma once

#include "http/body_sink.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lmi::emulator::control_plane {

/// One version of one function that can be invoked.
struct VersionKey {
  std::string function;   ///< Bare name.
  std::string qualifier;  ///< "$LATEST.PUBLISHED" or a number; "$LATEST" of a function without provider.
  friend auto operator<=>(const VersionKey&, const VersionKey&) = default;
};

struct ProviderDeployment {
  std::string name;
  std::string architecture;
  std::vector<std::string> subnet_ids;
  unsigned max_vcpus = 400;
  std::vector<std::string> allowed_types;
  std::vector<std::string> excluded_types;
  /// ScalingMode Manual: the lowest target of its CPU policies, in percent. Absent: Auto.
  std::optional<double> cpu_target_percent;
  // Of its system log.
  std::string arn;
  std::string log_group;
  std::string log_level = "INFO";  ///< "DEBUG", "INFO" or "WARN": lines below it are left out.
};

/// All that is needed to run a version.
struct VersionDeployment {
  VersionKey key;
  std::string arn;       ///< Qualified.
  std::string provider;  ///< Empty: none, environments are started on demand.
  std::string handler;
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned max_concurrency = 1;
  unsigned ephemeral_storage_mb = 512;  ///< What its /tmp may hold.
  std::chrono::seconds timeout{3};
  std::map<std::string, std::string> variables;
  std::string log_format = "JSON";
  std::string log_level;
  std::string system_log_level;
  std::string log_group;
  /// The unpacked package and the layers (empty: none). They stay until `retired`, or the `ended` of this
  /// deployment, was told.
  std::filesystem::path task_root;
  std::filesystem::path opt_root;
  std::uint64_t number = 0;  ///< Of this deployment; the notice `ended` names it.
  unsigned min_environments = 3;
  std::optional<unsigned> max_environments;
};

/// What a caller of Invoke sends, as the function will see it.
struct InvokeCall {
  std::string request_id;
  std::string invoked_arn;
  std::string payload;
  std::string content_type;
  std::string trace_id;
  std::string client_context;  ///< Decoded JSON text.
  bool wants_log_tail = false;
  // Of functions without a provider: what may run at once, as it is at the time of the call.
  std::optional<unsigned> reserved_concurrency;  ///< Of this function.
  unsigned unreserved_concurrency = 1000;        ///< Of all that have nothing reserved, together.

  /// Gets an answer that the function streams, while it is produced; null: it is gathered and comes whole.
  /// Unused when the function does not stream.
  std::shared_ptr<http::BodySink> sink = nullptr;  // shared with the environment that answers
};

/// What became of it. Comes after the last piece when the sink was used; then `body` is empty on success.
struct InvokeReply {
  enum class Kind { success, function_error, throttled };
  Kind kind = Kind::success;
  std::string error_type;       ///< Of a function_error.
  std::string throttle_reason;  ///< "Concurrency", "CPU", "Memory" or "Disk".
  std::string api_reason = "ConcurrentInvocationLimitExceeded";  ///< Of a throttled one: a ThrottleReason.
  std::string log_tail;                                          ///< When it was wanted.
  std::chrono::microseconds duration{0};  ///< That the environment had it; 0: it never got there.
  std::string content_type;
  std::string body;  ///< On function_error: what the caller of Invoke is to get as payload.
};

/// `ended`: a deployment without provider that was replaced or retired has no environment any more.
enum class VersionState { active, failed, deactivated, retired, ended };
struct VersionNotice {
  VersionKey key;
  VersionState state;
  std::string reason_code;  ///< Of `failed`.
  std::string reason;
  std::uint64_t number = 0;  ///< Of `ended`.
};

/// What there is of the environments that provision() asked for.
struct ProvisionedEnvironments {
  unsigned ready = 0;   ///< They can take calls, or have one.
  bool failed = false;  ///< One could not start; no other is started until provision() is called again.
};

/// Where published versions run: the seam between the control plane and the fleet with its real processes.
/// Threads: loop thread only. Callbacks come on it, never from inside the call.
class VersionHost {
 public:
  virtual ~VersionHost() = default;

  virtual void put_provider(const ProviderDeployment& provider) = 0;
  virtual void remove_provider(const std::string& name) = 0;

  /// Starts the minimum of environments; a notice tells active or failed. Deploying a key that runs already
  /// replaces it: the old code serves until the new one is active, and stays when the new one fails.
  /// Without provider nothing is started and no such notice comes: calls made from now on get the new code.
  virtual void deploy(VersionDeployment version) = 0;
  virtual void scale(const VersionKey& key, unsigned min_environments,
                     std::optional<unsigned> max_environments) = 0;
  /// Drains and ends it; the notice `retired` comes last. Without provider the key is free at once, and the
  /// notice `ended` of each of its deployments comes last.
  virtual void retire(const VersionKey& key) = 0;

  /// Of versions without provider: starts environments ahead of calls until there are `environments`,
  /// replaces those that end, and ends those there are too many of. Precondition: deployed; a later deploy()
  /// of the key starts at 0 again. Versions with a provider have none, which is what hosts of those need not
  /// say.
  virtual void provision(const VersionKey& /*key*/, unsigned /*environments*/) {}
  virtual ProvisionedEnvironments provisioned(const VersionKey& /*key*/) const { return {}; }

  virtual void invoke(const VersionKey& key, InvokeCall call, std::function<void(InvokeReply)> done) = 0;

  /// Told of every change of state. Set once, before the first deploy().
  virtual void on_notice(std::function<void(const VersionNotice&)> notice) = 0;
};

}  // namespace lmi::emulator::control_plane
