#pragma once

#include "control_plane/services.hpp"

#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

enum class PublishTarget { numbered, latest_published };

/// What a publication led to, in memory only so far.
struct Publication {
  VersionKey key;
  bool is_new = true;  ///< False: nothing has changed since this version was published.
};

/// Freezes $LATEST as a version of `function`. `description` replaces $LATEST's own. Errors: too many
/// versions on the capacity provider; a target that default functions do not have, or that is on its way from
/// one state to another.
model::Result<Publication> publish(Services& services, model::Function& function, PublishTarget target,
                                   const std::optional<std::string>& description);

/// Publish and PublishTo of CreateFunction and UpdateFunctionCode; nullopt: neither.
std::optional<PublishTarget> wanted_target(const Call& call);

/// Gives $LATEST to the host when it is one that can be invoked. To be called when it is durable.
void deploy_latest(Services& services, const std::string& function_name);

/// To be called when the publication is durable.
void deploy(Services& services, const Publication& publication);

}  // namespace lmi::emulator::control_plane
