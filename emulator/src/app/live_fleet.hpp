#pragma once

#include "app/fleet_clock.hpp"
#include "app/fleet_metrics.hpp"
#include "app/generations.hpp"
#include "app/load_meter.hpp"
#include "app/names.hpp"
#include "app/provider_log.hpp"
#include "app/running_environment.hpp"
#include "app/tmp_meter.hpp"
#include "control_plane/version_host.hpp"
#include "fleet/fleet.hpp"
#include "loop/loop.hpp"
#include "observe/endpoints.hpp"
#include "observe/log_store.hpp"
#include "observe/metric_store.hpp"

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

struct LiveFleetConfig {
  std::string region = "us-east-1";
  std::filesystem::path
      environments_directory;  ///< The environments' private /tmp directories are made in it.
  std::filesystem::path opt_root;
  std::chrono::milliseconds repoll_grace{100};
  fleet::Parameters parameters;
  std::uint64_t seed = 1;   ///< Of made-up names and of jitter.
  unsigned time_scale = 1;  ///< How many times faster than the loop's clock the fleet's runs.
  double cpu_scale = 1;     ///< What a measured vCPU counts as.
  /// How many environments one call is offered to. Ours: AWS says only that its router tries others.
  unsigned offers_per_call = 3;
  /// How often there is a sample of the metrics of instances and environments; whole minutes of the fleet's
  /// time. AWS's newest pages say 1 minute, older ones 5 (lmi-behaviour.md §3.1).
  std::chrono::seconds metrics_period{60};
  /// The time of day, for log lines and stream names.
  std::function<std::chrono::system_clock::time_point()> wall_clock = [] {
    return std::chrono::system_clock::now();
  };
};

/// Drives the pure fleet with real time and real environments: carries out what it decides, reports what
/// became of it, and takes the control plane's wishes and calls to it.
///
/// Threads:  loop thread only.
/// Lifetime: loop, logs, metrics and what `factory` uses must outlive it. Destroying it kills every
/// environment and
///           leaves calls unanswered: shut_down() first.
class LiveFleet final : public control_plane::VersionHost {
 public:
  struct Services {
    Loop& loop;
    observe::LogStore& logs;
    EnvironmentFactory factory;
    fleet::Catalogue catalogue;
    LoadMeter::Probe usage = supervisor::usage_of_sessions;
    observe::MetricStore* metrics = nullptr;  ///< nullptr: nothing is recorded.
  };
  LiveFleet(Services services, LiveFleetConfig config);
  ~LiveFleet() override;

  void put_provider(const control_plane::ProviderDeployment& provider) override;
  void remove_provider(const std::string& name) override;
  void deploy(control_plane::VersionDeployment version) override;
  void scale(const control_plane::VersionKey& key, unsigned min_environments,
             std::optional<unsigned> max_environments) override;
  void retire(const control_plane::VersionKey& key) override;
  void invoke(const control_plane::VersionKey& key, control_plane::InvokeCall call,
              std::function<void(control_plane::InvokeReply)> done) override;
  void on_notice(std::function<void(const control_plane::VersionNotice&)> notice) override;

  observe::FleetSnapshot snapshot() const;

  /// The date the fleet's time has come to, which metrics are recorded in; see FleetClock.
  FleetClock::Date date() const { return clock_.date(); }

  /// The instance of this name dies with everything on it: calls there end with an error, and what is missing
  /// is started elsewhere. False: there is no such instance.
  bool lose_instance(const std::string& name);

  /// Ends every environment; running calls get `drain` to finish, new ones are refused. `done` is called
  /// once, never from inside, when all are gone.
  void shut_down(std::chrono::milliseconds drain, std::function<void()> done);

 private:
  struct LiveInstance {
    std::string name;
    std::string provider;
    std::string type;
    std::string zone;
    Loop::Timer launch;
  };
  struct LiveEnvironment {
    std::string name;
    fleet::VersionId version{};
    control_plane::VersionKey key;  ///< Of the version, which it may outlive when its instance is lost.
    fleet::InstanceId instance{};
    std::unique_ptr<RunningEnvironment> process;
    std::filesystem::path tmp_directory;
    std::uint64_t tmp_limit_bytes = 1;
    bool ready = false;
    bool stopping = false;
    std::optional<fleet::VersionFailure> failure;
    unsigned slots_held = 0;  ///< Of routed calls; each one is released once.
    unsigned peak_slots = 0;  ///< The most of them since the last look for metrics.
  };
  /// A call on its way to an environment that takes it.
  struct PendingCall {
    fleet::VersionId version{};
    control_plane::InvokeCall call;
    std::function<void(control_plane::InvokeReply)> done;
    std::vector<fleet::EnvironmentId> turned_away_by;
  };
  using PendingCallPtr = std::shared_ptr<PendingCall>;  // of the one callback that has it now

  fleet::Time now() const { return clock_.now(); }
  void carry_out(fleet::Decisions decisions);
  void carry_out(Generations::Effects effects, fleet::Decisions& decisions);
  void apply(const fleet::LaunchInstance& decision, fleet::Decisions& more);
  void apply(const fleet::TerminateInstance& decision, fleet::Decisions& more);
  void apply(const fleet::StartEnvironment& decision, fleet::Decisions& more);
  void apply(const fleet::StopEnvironment& decision, fleet::Decisions& more);
  void apply(const fleet::KillEnvironment& decision, fleet::Decisions& more);
  void apply(const fleet::DispatchCall& decision, fleet::Decisions& more);
  void apply(const fleet::RefuseCall& decision, fleet::Decisions& more);
  void apply(const fleet::VersionActive& decision, fleet::Decisions& more);
  void apply(const fleet::VersionFailed& decision, fleet::Decisions& more);
  void apply(const fleet::VersionDeactivated& decision, fleet::Decisions& more);
  void apply(const fleet::VersionRemoved& decision, fleet::Decisions& more);
  void wake_up_in_time();
  void tell_later(std::vector<control_plane::VersionNotice> notices);
  void tell();

  environment::EnvironmentSpec spec_of(const LiveEnvironment& live) const;
  environment::EnvironmentEvents events_of(fleet::EnvironmentId id);
  void ready(fleet::EnvironmentId id);
  void gone(fleet::EnvironmentId id, bool crashed);
  void release_slot(fleet::EnvironmentId id);
  void log(fleet::EnvironmentId id, environment::LogSource source, std::string line);

  void measure_later();
  void measure();
  void look_for_metrics();
  void write_log(ProviderLog::Event event, const LiveInstance& instance);

  void offer(const PendingCallPtr& pending);
  void hand_over(const PendingCallPtr& pending, fleet::EnvironmentId to);
  void answered(const PendingCallPtr& pending, fleet::EnvironmentId by, environment::Outcome outcome);
  void refuse(const PendingCallPtr& pending, fleet::ThrottleReason reason);

  Services services_;
  LiveFleetConfig config_;
  FleetClock clock_;
  NameSource names_;
  fleet::Fleet fleet_;
  Generations generations_;
  LoadMeter meter_;
  TmpMeter tmp_meter_;
  std::optional<FleetMetrics> metrics_;
  ProviderLog provider_log_;
  std::map<fleet::InstanceId, LiveInstance> instances_;
  std::map<fleet::EnvironmentId, LiveEnvironment> environments_;
  std::map<fleet::CallId, PendingCallPtr> queued_;  ///< Calls that wait in the fleet's queue.
  std::function<void(const control_plane::VersionNotice&)> notice_;
  std::deque<control_plane::VersionNotice> outbox_;
  Loop::Timer outbox_timer_;
  Loop::Timer tick_;
  Loop::Timer measuring_;
  std::function<void()> all_gone_;  ///< Set while shutting down.
  bool shutting_down_ = false;
};

}  // namespace lmi::emulator::app
