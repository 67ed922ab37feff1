#pragma once

#include <functional>
#include <string>

namespace lmi::emulator::http {

/// Where an HTTP outlet posts to, on this machine's loopback address.
struct PostTarget {
  unsigned short port = 0;
  std::string authority;  ///< For the Host header, e.g. "sandbox.localdomain:4323".
  std::string path;       ///< With its leading slash.
};

/// A place outside that takes one message after the other.
///
/// Threads:  loop thread only.
/// Lifetime: its network outlives it. Destroying it ends what is under way; nothing is told any more.
class Outlet {
 public:
  virtual ~Outlet() = default;

  /// Hands `bytes` over and calls `done` once, never from inside: whether they were taken. The next call only
  /// after that.
  virtual void send(std::string bytes, std::function<void(bool taken)> done) = 0;
};

}  // namespace lmi::emulator::http
