#pragma once

#include "app/emulator.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::app {

/// Whether only this machine can reach what listens on `address`.
bool is_loopback(std::string_view address);

/// Why an emulator may not be started so, with what to do about it: it runs what is uploaded, so it must not
/// be open to others. nullopt: it may.
std::optional<std::string> forbidden_exposure(const EmulatorConfig& config);

}  // namespace lmi::emulator::app
