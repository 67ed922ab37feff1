#pragma once

#include "lmi/pool_options.hpp"

#include <functional>
#include <optional>
#include <stop_token>

namespace lmi::pool {

/// How a wait for a socket ended.
enum class Readiness { ready, timed_out, stopped };

/// Waits for a socket that a blocking handler, or a thread of a pool, needs: until it is ready, the deadline,
/// or a stop request. One of it serves the waits of one exchange.
///
/// Threads:  the one that makes it; the stop may be requested on any.
/// Lifetime: the socket must stay open while wait() runs. Does not own it.
class SocketWait {
 public:
  SocketWait(SteadyTime deadline, std::stop_token stop);
  ~SocketWait();
  SocketWait(const SocketWait&) = delete;
  SocketWait& operator=(const SocketWait&) = delete;

  /// `events` as for poll(2). A socket in error counts as ready: reading or writing it tells.
  Readiness wait(int socket, short events);

 private:
  const SteadyTime deadline_;
  const std::stop_token stop_;
  int stop_event_ = -1;  ///< An eventfd, only when there can be a stop.
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

/// Whether an idle connection's socket is quiet: open, with nothing to read. One recv(2) that does not wait.
enum class IdleSocket { quiet, readable, closed };
IdleSocket look_at_idle_socket(int socket) noexcept;

}  // namespace lmi::pool
