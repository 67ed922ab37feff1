#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lmi::emulator::control_plane {

/// One published version of one function.
struct VersionKey {
  std::string function;   ///< Bare name.
  std::string qualifier;  ///< "$LATEST.PUBLISHED" or a number.
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
};

/// All that is needed to run a version.
struct VersionDeployment {
  VersionKey key;
  std::string arn;  ///< Qualified.
  std::string provider;
  std::string handler;
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned max_concurrency = 1;
  std::chrono::seconds timeout{3};
  std::map<std::string, std::string> variables;
  std::string log_level;
  std::string log_group;
  std::filesystem::path task_root;  ///< The unpacked package; stays until retired() was told.
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
};

/// What became of it.
struct InvokeReply {
  enum class Kind { success, function_error, throttled };
  Kind kind = Kind::success;
  std::string error_type;       ///< Of a function_error.
  std::string throttle_reason;  ///< "Concurrency", "CPU", "Memory" or "Disk".
  std::string content_type;
  std::string body;  ///< On function_error: what the caller of Invoke is to get as payload.
};

enum class VersionState { active, failed, deactivated, retired };
struct VersionNotice {
  VersionKey key;
  VersionState state;
  std::string reason_code;  ///< Of `failed`.
  std::string reason;
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
  virtual void deploy(VersionDeployment version) = 0;
  virtual void scale(const VersionKey& key, unsigned min_environments,
                     std::optional<unsigned> max_environments) = 0;
  /// Drains and ends it; the notice `retired` comes last.
  virtual void retire(const VersionKey& key) = 0;

  virtual void invoke(const VersionKey& key, InvokeCall call, std::function<void(InvokeReply)> done) = 0;

  /// Told of every change of state. Set once, before the first deploy().
  virtual void on_notice(std::function<void(const VersionNotice&)> notice) = 0;
};

}  // namespace lmi::emulator::control_plane
