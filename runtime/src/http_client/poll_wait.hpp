#pragma once

#include "http_client/socket.hpp"
#include "http_client/time.hpp"

namespace lmi::http_client {

/// Blocks until the socket is ready for `wanted` (want_read or want_write), broken, or shut down by another
/// thread; false: until `until` came first.
bool wait_for(const Socket& socket, IoStatus wanted, SteadyTime until);

}  // namespace lmi::http_client
