#pragma once

#include "control_plane/package_use.hpp"
#include "control_plane/registry.hpp"
#include "control_plane/version_host.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lmi::emulator::control_plane {

/// Keeps the host's published versions and the registry's in step: wishes go one way, states the other.
///
/// Threads:  loop thread.
/// Lifetime: references must outlive it. It takes the host's notices.
class Deployments {
 public:
  struct Parts {
    store::Store& store;
    VersionHost& host;
    Registry& registry;
    PackageUse& packages;
  };
  explicit Deployments(Parts parts);

  /// Starts the version as the registry has it, or replaces the running one; one without a capacity provider
  /// is only made known to the host. Does nothing when it was deleted
  /// meanwhile.
  void deploy(const VersionKey& key);

  /// Tells the host of the version's scaling.
  void scale(const VersionKey& key);

  /// Ends it; `gone` is called once when the host is done, or soon when the host never had it.
  void retire(const VersionKey& key, std::function<void()> gone);

  /// After a start: what the registry holds runs again.
  void restore();

 private:
  void start(const VersionKey& key, const model::FunctionConfiguration& configuration);
  void restore_version(model::Function& function, model::Version& version);
  void notice(const VersionNotice& notice);
  void active(const VersionKey& key, model::Version& version);
  void failed(const VersionNotice& notice, model::Version& version);
  void retired(const VersionKey& key);
  void save(const model::Function& function);

  Parts parts_;
  void let_go(std::uint64_t number);

  /// What one deployment runs from.
  struct Held {
    VersionKey key;
    std::vector<std::string> packages;
  };
  std::map<std::uint64_t, Held> held_;  // by the deployment's number
  std::uint64_t last_number_ = 0;
  std::set<VersionKey> on_host_;              // every version the host has
  std::set<VersionKey> replace_when_active_;  // started as they last served; the newer configuration follows
  std::map<VersionKey, std::function<void()>> retiring_;
};

}  // namespace lmi::emulator::control_plane
