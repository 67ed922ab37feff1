#pragma once

#include "http/exchange.hpp"

namespace lmi::emulator::observe {

/// Whether a request can only have come from a program, or a page, of this machine's own user: its Host is
/// "localhost" or an IP address (a name could be rebound to 127.0.0.1 by a web site's DNS), and if a browser
/// sent an Origin, it is the emulator itself.
bool is_local_request(const http::Head& head);

}  // namespace lmi::emulator::observe
