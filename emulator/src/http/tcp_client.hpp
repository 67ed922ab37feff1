#pragma once

#include "http/client.hpp"

#include <memory>

namespace lmi::emulator {
class AsioLoop;
}

namespace lmi::emulator::http {

/// The loop must outlive the client and the calls it gives.
std::unique_ptr<Client> make_client(AsioLoop& loop);

}  // namespace lmi::emulator::http
