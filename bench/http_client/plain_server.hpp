#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace lmi::bench {

/// A loopback server in a process of its own, so that its CPU time is not counted: a thread a connection, the
/// same 100-byte reply to everything. Make it before any thread: it forks.
class PlainServer {
 public:
  PlainServer();
  ~PlainServer();
  PlainServer(const PlainServer&) = delete;
  PlainServer& operator=(const PlainServer&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/bench"; }

 private:
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace lmi::bench
