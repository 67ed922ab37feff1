#pragma once

#include "control_plane/version_host.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {

/// A host without processes: it notes what it is told, and a test says what becomes of it.
class FakeHost final : public VersionHost {
 public:
  void put_provider(const ProviderDeployment& provider) override { providers[provider.name] = provider; }
  void remove_provider(const std::string& name) override { providers.erase(name); }
  void deploy(VersionDeployment version) override { deployed.push_back(std::move(version)); }
  void scale(const VersionKey& key, unsigned min, std::optional<unsigned> max) override {
    scaled.push_back({key, min, max});
  }
  void retire(const VersionKey& key) override { retired.push_back(key); }
  void provision(const VersionKey& key, unsigned environments) override {
    if (environments == 0) {
      wanted.erase(key);
    } else {
      wanted[key] = environments;
    }
  }
  ProvisionedEnvironments provisioned(const VersionKey& key) const override {
    const auto found = there.find(key);
    return found == there.end() ? ProvisionedEnvironments{} : found->second;
  }
  void invoke(const VersionKey& key, InvokeCall call, std::function<void(InvokeReply)> done) override {
    calls.push_back({key, std::move(call), std::move(done)});
  }
  void on_notice(std::function<void(const VersionNotice&)> notice) override { notice_ = std::move(notice); }

  void tell(VersionNotice notice) { notice_(notice); }
  void tell_active(const VersionKey& key) { notice_({key, VersionState::active, {}, {}}); }

  struct Scaled {
    VersionKey key;
    unsigned min;
    std::optional<unsigned> max;
  };
  struct Invoked {
    VersionKey key;
    InvokeCall call;
    std::function<void(InvokeReply)> done;
  };
  std::map<std::string, ProviderDeployment> providers;
  std::vector<VersionDeployment> deployed;
  std::vector<Scaled> scaled;
  std::vector<VersionKey> retired;
  std::deque<Invoked> calls;
  std::map<VersionKey, unsigned> wanted;  ///< What is to be provisioned.
  std::map<VersionKey, ProvisionedEnvironments> there;

 private:
  std::function<void(const VersionNotice&)> notice_;
};

}  // namespace lmi::emulator::control_plane
