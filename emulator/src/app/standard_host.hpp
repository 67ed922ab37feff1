#pragma once

#include "app/names.hpp"
#include "app/running_environment.hpp"
#include "control_plane/version_host.hpp"
#include "loop/loop.hpp"
#include "observe/endpoints.hpp"
#include "observe/log_store.hpp"
#include "standard/pool.hpp"
#include "standard/provisioning.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::app {

struct StandardHostConfig {
  std::filesystem::path environments_directory;  ///< The environments' private /tmp directories are in it.
  std::filesystem::path opt_root;                ///< For functions without layers.
  /// How long a caller waits for the runtime's next poll after its answer, see EnvironmentSpec::repoll_grace.
  std::chrono::milliseconds repoll_grace{100};
  /// AWS documentation: Init may take 10 s; after that, and when it fails, it is repeated once as a part of
  /// the call, with the function's timeout.
  std::chrono::milliseconds init_timeout{std::chrono::seconds{10}};
  /// AWS documentation: Init ahead of calls may take this long, or as long as the function's timeout.
  std::chrono::milliseconds provisioned_init_timeout{std::chrono::seconds{130}};
  standard::Parameters parameters;
  std::uint64_t seed = 1;  ///< Of made-up names.
  /// The time of day, for log lines and stream names.
  std::function<std::chrono::system_clock::time_point()> wall_clock = [] {
    return std::chrono::system_clock::now();
  };
};

/// Runs functions without a capacity provider: drives the pure standard::Pool with real time and real
/// environments. A call that finds no idle environment starts one and is its first; provision() starts them
/// ahead of calls.
///
/// Threads:  loop thread only.
/// Lifetime: loop, logs and what `factory` uses must outlive it. Destroying it kills every environment and
///           leaves calls unanswered: shut_down() first.
class StandardHost final : public control_plane::VersionHost {
 public:
  struct Services {
    Loop& loop;
    observe::LogStore& logs;
    EnvironmentFactory factory;
  };
  StandardHost(Services services, StandardHostConfig config);
  ~StandardHost() override;

  /// There are no providers here: these two and scale() do nothing.
  void put_provider(const control_plane::ProviderDeployment& provider) override;
  void remove_provider(const std::string& name) override;
  void scale(const control_plane::VersionKey& key, unsigned min_environments,
             std::optional<unsigned> max_environments) override;

  void deploy(control_plane::VersionDeployment version) override;
  void retire(const control_plane::VersionKey& key) override;
  void provision(const control_plane::VersionKey& key, unsigned environments) override;
  control_plane::ProvisionedEnvironments provisioned(const control_plane::VersionKey& key) const override;
  void invoke(const control_plane::VersionKey& key, control_plane::InvokeCall call,
              std::function<void(control_plane::InvokeReply)> done) override;
  void on_notice(std::function<void(const control_plane::VersionNotice&)> notice) override;

  /// Adds its environments to `snapshot`.
  void add_to(observe::FleetSnapshot& snapshot) const;

  /// As LiveFleet::shut_down().
  void shut_down(std::chrono::milliseconds drain, std::function<void()> done);

 private:
  struct PendingCall {
    standard::GenerationId generation{};
    control_plane::InvokeCall call;
    std::function<void(control_plane::InvokeReply)> done;
    unsigned offers = 0;
  };
  enum class Kind {
    on_demand,
    repeats_init,  ///< Instead of one whose Init failed under a call.
    provisioned,
  };
  using PendingCallPtr = std::shared_ptr<PendingCall>;  // of the one callback that has it now
  struct LiveEnvironment {
    std::string name;
    standard::GenerationId generation{};
    std::unique_ptr<RunningEnvironment> process;
    std::filesystem::path tmp_directory;
    bool ready = false;
    Kind kind = Kind::on_demand;
    bool stopping = false;
    std::optional<environment::InitFailure> failure;
    Loop::Timer overdue;  ///< After an answer: for a runtime that does not ask for the next event.
  };

  standard::Time now() const;
  void offer(const PendingCallPtr& pending);
  void start(standard::EnvironmentId id, standard::GenerationId generation, Kind kind);
  void start_missing(standard::GenerationId generation);
  void replace_if_kept(standard::EnvironmentId id);
  environment::EnvironmentSpec spec_of(const LiveEnvironment& live) const;
  environment::EnvironmentEvents events_of(standard::EnvironmentId id);
  void give(standard::EnvironmentId id, const PendingCallPtr& pending);
  void answered(const PendingCallPtr& pending, standard::EnvironmentId by, environment::Outcome outcome);
  void finish(const PendingCallPtr& pending, environment::Outcome outcome);
  void refuse(const PendingCallPtr& pending, standard::Refusal reason);
  void idle(standard::EnvironmentId id);
  void stop(standard::EnvironmentId id, environment::ShutdownReason reason);
  void gone(standard::EnvironmentId id);
  void end_generation(standard::GenerationId generation);
  void tell_if_ended(standard::GenerationId generation);
  void wake_up_in_time();

  Services services_;
  StandardHostConfig config_;
  Clock::time_point began_;
  NameSource names_;
  standard::Pool pool_;
  standard::Provisioning provisioning_;
  std::uint64_t last_generation_ = 0;
  std::map<standard::GenerationId, control_plane::VersionDeployment> generations_;
  std::map<control_plane::VersionKey, standard::GenerationId> current_;
  std::map<standard::EnvironmentId, LiveEnvironment> environments_;
  std::function<void(const control_plane::VersionNotice&)> notice_;
  std::deque<control_plane::VersionNotice> outbox_;
  Loop::Timer outbox_timer_;
  Loop::Timer expiry_;
  std::function<void()> all_gone_;  ///< Set while shutting down.
  bool shutting_down_ = false;
};

}  // namespace lmi::emulator::app
