#pragma once

#include "fleet/catalogue.hpp"

#include <string_view>

namespace lmi::emulator::app {

/// fleet/data/instances.json, compiled in.
extern const std::string_view embedded_instance_types;

/// Every EC2 type of the C, M and R families with its size and price.
fleet::Catalogue built_in_catalogue();

}  // namespace lmi::emulator::app
