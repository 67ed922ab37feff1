#pragma once

#include "control_plane/call.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {

/// What a list operation has to show, in order; the strings are unique keys.
using Listing = std::vector<std::pair<std::string, nlohmann::json>>;

/// One page of `listing` under `member`, as Marker and MaxItems of `call` ask, with NextMarker when more
/// remain. A page begins after the marker's key, so that it does not matter whether that item still exists.
/// `others` are further members of the answer.
struct PageOf {
  const char* member;
  std::size_t size;
  nlohmann::json others = nlohmann::json::object();
};
model::Result<Reply> page(const Call& call, const Listing& listing, PageOf of);

}  // namespace lmi::emulator::control_plane
