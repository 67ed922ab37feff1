#pragma once

#include "http/exchange.hpp"
#include "http/session.hpp"

#include <memory>

namespace lmi::emulator {
class AsioLoop;
}

namespace lmi::emulator::http {

/// Servers on real TCP sockets, run by `loop`. Lifetime: `loop` outlives the network and its servers.
std::unique_ptr<Network> make_network(AsioLoop& loop, SessionLimits limits = {});

}  // namespace lmi::emulator::http
