#include "app/hosts.hpp"

#include <utility>

namespace lmi::emulator::app {

using control_plane::VersionKey;

control_plane::VersionHost& Hosts::host_of(const VersionKey& key) const {
  return standard_keys_.contains(key) ? standard_ : managed_;
}

void Hosts::put_provider(const control_plane::ProviderDeployment& provider) {
  managed_.put_provider(provider);
}

void Hosts::remove_provider(const std::string& name) {
  managed_.remove_provider(name);
}

void Hosts::deploy(control_plane::VersionDeployment version) {
  const bool is_standard = version.provider.empty();
  if (is_standard) standard_keys_.insert(version.key);
  (is_standard ? standard_ : managed_).deploy(std::move(version));
}

void Hosts::scale(const VersionKey& key, unsigned min_environments,
                  std::optional<unsigned> max_environments) {
  host_of(key).scale(key, min_environments, max_environments);
}

void Hosts::retire(const VersionKey& key) {
  host_of(key).retire(key);
  standard_keys_.erase(key);
}

void Hosts::provision(const VersionKey& key, unsigned environments) {
  host_of(key).provision(key, environments);
}

control_plane::ProvisionedEnvironments Hosts::provisioned(const VersionKey& key) const {
  return host_of(key).provisioned(key);
}

void Hosts::invoke(const VersionKey& key, control_plane::InvokeCall call,
                   std::function<void(control_plane::InvokeReply)> done) {
  host_of(key).invoke(key, std::move(call), std::move(done));
}

void Hosts::on_notice(std::function<void(const control_plane::VersionNotice&)> notice) {
  managed_.on_notice(notice);
  standard_.on_notice(std::move(notice));
}

}  // namespace lmi::emulator::app
