#pragma once

#include "control_plane/version_host.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>

namespace lmi::emulator::app {

/// Gives each version to the host of its kind: with a capacity provider to one, without to the other.
///
/// Threads:  loop thread only.
/// Lifetime: both hosts must outlive it.
class Hosts final : public control_plane::VersionHost {
 public:
  Hosts(control_plane::VersionHost& managed, control_plane::VersionHost& standard)
      : managed_{managed}, standard_{standard} {}

  void put_provider(const control_plane::ProviderDeployment& provider) override;
  void remove_provider(const std::string& name) override;
  void deploy(control_plane::VersionDeployment version) override;
  void scale(const control_plane::VersionKey& key, unsigned min_environments,
             std::optional<unsigned> max_environments) override;
  void retire(const control_plane::VersionKey& key) override;
  void provision(const control_plane::VersionKey& key, unsigned environments) override;
  control_plane::ProvisionedEnvironments provisioned(const control_plane::VersionKey& key) const override;
  void invoke(const control_plane::VersionKey& key, control_plane::InvokeCall call,
              std::function<void(control_plane::InvokeReply)> done) override;
  void on_notice(std::function<void(const control_plane::VersionNotice&)> notice) override;

 private:
  control_plane::VersionHost& host_of(const control_plane::VersionKey& key) const;

  control_plane::VersionHost& managed_;
  control_plane::VersionHost& standard_;
  std::set<control_plane::VersionKey> standard_keys_;  ///< Deployed and not retired.
};

}  // namespace lmi::emulator::app
