#include "control_plane/pages.hpp"

#include "model/base64.hpp"

#include <algorithm>

namespace lmi::emulator::control_plane {

model::Result<Reply> page(const Call& call, const Listing& listing, PageOf of) {
  std::string after;
  if (const std::string marker = call.text("Marker"); !marker.empty()) {
    const auto decoded = model::base64_decode(marker);
    // Ours: the service's text for a marker that is none of its own was not recorded.
    if (!decoded) return model::invalid_parameter("Marker is not one this operation has given.");
    after.assign(decoded->begin(), decoded->end());
  }
  const std::size_t size = std::min(of.size, call.input.value("MaxItems", of.size));

  auto at = std::upper_bound(listing.begin(), listing.end(), after,
                             [](const std::string& key, const auto& entry) { return key < entry.first; });
  nlohmann::json items = nlohmann::json::array();
  std::string last;
  for (; at != listing.end() && items.size() < size; ++at) {
    items.push_back(at->second);
    last = at->first;
  }
  nlohmann::json body = std::move(of.others);
  body[of.member] = std::move(items);
  if (at != listing.end()) body["NextMarker"] = model::base64_encode(last);
  return json_reply(200, body);
}

}  // namespace lmi::emulator::control_plane
