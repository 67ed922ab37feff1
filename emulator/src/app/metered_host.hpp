#pragma once

#include "app/fleet_clock.hpp"
#include "control_plane/version_host.hpp"
#include "observe/metric_store.hpp"

#include <functional>
#include <string>

namespace lmi::emulator::app {

/// Passes everything on to another host and records the metrics of each call: Invocations, Errors, Duration
/// and Throttles; on Managed Instances, for each throttle, also the four that tell the reason
/// (lmi-behaviour.md §2.5, §3.1).
///
/// Threads:  loop thread only.
/// Lifetime: the host and the store must outlive it; the store also its calls.
class MeteredHost final : public control_plane::VersionHost {
 public:
  enum class Kind { managed, standard };
  /// `now`: the time that metrics are recorded in.
  MeteredHost(Kind kind, control_plane::VersionHost& host, observe::MetricStore& metrics,
              std::function<FleetClock::Date()> now)
      : kind_{kind}, host_{host}, metrics_{metrics}, now_{std::move(now)} {}

  void put_provider(const control_plane::ProviderDeployment& provider) override;
  void remove_provider(const std::string& name) override;
  void deploy(control_plane::VersionDeployment version) override;
  void scale(const control_plane::VersionKey& key, unsigned min_environments,
             std::optional<unsigned> max_environments) override;
  void retire(const control_plane::VersionKey& key) override;
  void invoke(const control_plane::VersionKey& key, control_plane::InvokeCall call,
              std::function<void(control_plane::InvokeReply)> done) override;
  void provision(const control_plane::VersionKey& key, unsigned environments) override;
  control_plane::ProvisionedEnvironments provisioned(const control_plane::VersionKey& key) const override;
  void on_notice(std::function<void(const control_plane::VersionNotice&)> notice) override;

 private:
  Kind kind_;
  control_plane::VersionHost& host_;
  observe::MetricStore& metrics_;
  std::function<FleetClock::Date()> now_;
};

}  // namespace lmi::emulator::app
