#pragma once

#include "http/exchange.hpp"
#include "http/session.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lmi::emulator {
class AsioLoop;
}

namespace lmi::emulator::http {

/// Told, for people, when a server cannot take connections, the first time: it goes on trying.
using OnDeaf = std::function<void(const std::string& why)>;

/// Servers on real TCP sockets, run by `loop`. Lifetime: `loop` outlives the network and its servers.
std::unique_ptr<Network> make_network(AsioLoop& loop, SessionLimits limits = {}, OnDeaf on_deaf = {});

}  // namespace lmi::emulator::http
