#pragma once

#include "http_client/socket.hpp"

#include <sys/socket.h>

#include <functional>
#include <stop_token>

namespace lmi::http_client {

/// While it lives, a requested stop shuts the socket down, which wakes whoever waits for it, in poll or in
/// Asio, on any thread. The socket must stay open meanwhile.
class StopShutdown {
 public:
  StopShutdown(const std::stop_token& stop, const Socket& socket)
      : callback_{stop, ShutDown{socket.descriptor()}} {}

 private:
  struct ShutDown {
    int descriptor;
    void operator()() const noexcept { ::shutdown(descriptor, SHUT_RDWR); }
  };
  std::stop_callback<ShutDown> callback_;
};

}  // namespace lmi::http_client
