#pragma once

#include "model/function.hpp"

#include <string_view>

namespace lmi::emulator::control_plane {

struct Services;

/// What a function holds of the account's concurrency: its reservation, or else what is provisioned for it.
unsigned provisioned_total(const model::Function& function);
unsigned held_concurrency(const model::Function& function);

/// What no function of the region holds. Functions with a capacity provider take nothing of it but what was
/// reserved for them explicitly.
unsigned unreserved_concurrency(const Services& services, std::string_view region);

}  // namespace lmi::emulator::control_plane
