#pragma once

#include "extension/stop_timer.hpp"
#include "lmi/extension.hpp"
#include "transport/extension_calls.hpp"

#include <string>
#include <utility>

namespace lmi {

/// What stands behind an ExtensionClient: at one address, because its parts refer to each other.
struct ExtensionClient::Parts {
  Parts(transport::Endpoint where, bool managed) : endpoint{std::move(where)}, managed_instances{managed} {}

  const transport::Endpoint endpoint;
  const bool managed_instances;
  const wire::RequestWriter writer{endpoint.authority};
  transport::ExtensionCalls calls{endpoint, writer};
  std::string id;  ///< Written by sign_up() before anything else uses it.
  extension::StopTimer stop_timer;
};

}  // namespace lmi
