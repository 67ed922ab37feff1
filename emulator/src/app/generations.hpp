#pragma once

#include "control_plane/version_host.hpp"
#include "fleet/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace lmi::emulator::app {

/// Which generation of a version serves, which one is to take over, and which ones still drain. Deploying a
/// key again makes a new generation; the fleet knows generations only.
///
/// Plain bookkeeping: what has to be done is returned, not done.
class Generations {
 public:
  using VersionKey = control_plane::VersionKey;

  /// What a change means for the fleet and for whoever listens.
  struct Effects {
    std::vector<fleet::VersionId> remove;  ///< Generations to take out of the fleet.
    std::vector<control_plane::VersionNotice> notices;
  };

  /// A new generation of `deployment.key`, to be added to the fleet after `effects` were carried out. One
  /// that has not become active yet gives way to it.
  fleet::VersionId deploy(control_plane::VersionDeployment deployment, Effects& effects);
  void retire(const VersionKey& key, Effects& effects);
  /// The generations that new bounds concern.
  std::vector<fleet::VersionId> scale(const VersionKey& key, unsigned min, std::optional<unsigned> max);

  // What the fleet told.
  void became_active(fleet::VersionId generation, Effects& effects);
  void failed(fleet::VersionId generation, std::string reason_code, std::string reason, Effects& effects);
  void deactivated(fleet::VersionId generation, Effects& effects);
  void removed(fleet::VersionId generation, Effects& effects);

  /// The generation that gets calls: the active one, or the first one on its way.
  std::optional<fleet::VersionId> serving(const VersionKey& key) const;
  /// Precondition: added and not yet removed().
  const control_plane::VersionDeployment& of(fleet::VersionId generation) const;

 private:
  struct Line {
    std::optional<fleet::VersionId> current;
    std::optional<fleet::VersionId> next;
  };
  /// The new generation takes over from the one before.
  void take_over(fleet::VersionId generation, Effects& effects);
  Line* line_of(fleet::VersionId generation);

  std::uint64_t last_ = 0;
  std::map<fleet::VersionId, control_plane::VersionDeployment> generations_;
  std::map<VersionKey, Line> lines_;
  std::map<VersionKey, std::set<fleet::VersionId>>
      retiring_;  // of a retired key: the generations still there
};

}  // namespace lmi::emulator::app
