#pragma once

#include "http_client/time.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <unordered_set>

namespace lmi::http_client {

class Connection;

/// How many connections a client may have to all origins together. An idle one is closed for a new one; where
/// none is idle, the new one waits.
///
/// Threads:  any.
/// Lifetime: outlives its connections.
class ConnectionBudget {
 public:
  explicit ConnectionBudget(std::size_t most) : most_{most} {}

  /// A connection that is counted, not open yet; null when there was no room until `until` or the stop.
  std::unique_ptr<Connection> admit(SteadyTime until, const std::stop_token& stop);

  /// A connection is being destroyed.
  void forget(Connection& connection) noexcept;

  /// A connection has become idle: somebody who waits may want its place.
  void notice_idle() noexcept;

  [[nodiscard]] std::size_t open() const;

 private:
  bool make_room();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_set<Connection*> connections_;
  std::size_t counted_ = 0;
  std::atomic<unsigned> waiting_{0};  ///< Read without the lock by notice_idle().
};

}  // namespace lmi::http_client
