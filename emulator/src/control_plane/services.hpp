#pragma once

#include "control_plane/call.hpp"
#include "control_plane/code_source.hpp"
#include "control_plane/control_plane.hpp"
#include "control_plane/deployments.hpp"
#include "control_plane/event_source_mappings.hpp"
#include "control_plane/package_use.hpp"
#include "control_plane/registry.hpp"
#include "control_plane/settling.hpp"
#include "control_plane/weighted_choice.hpp"
#include "events/event_queue.hpp"
#include "store/store.hpp"

#include <functional>
#include <map>
#include <string>

namespace lmi::emulator::control_plane {

/// A scaling configuration on its way from being asked for to being in force.
struct ScalingRequest {
  model::ScalingConfig applied;
  model::ScalingConfig requested;
};

/// What operations work with. One for each control plane; loop thread only.
struct Services {
  const ControlPlaneConfig& config;
  store::Store& store;
  VersionHost& host;
  Registry& registry;
  PackageUse& packages;
  Deployments& deployments;
  Settling& settling;
  WeightedChoice& routing;
  events::EventQueue& events;
  EventSourceMappings& mappings;
  CodeSource& code;
  std::map<VersionKey, ScalingRequest> scaling_requests = {};

  /// The time of day as AWS writes it in LastModified.
  std::string timestamp() const;

  /// Answers with `reply` when `changes` are durable, after `then` ran; with a 500 when they could not be.
  void commit(store::Changes changes, Respond respond, Reply reply, std::function<void()> then = {}) const;

  /// Writes a function's present state without anybody waiting: for states that pass by themselves.
  void save(const model::Function& function) const;
};

}  // namespace lmi::emulator::control_plane
