#pragma once

#include "transport/endpoint.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <string_view>
#include <system_error>

namespace lmi::transport {

/// One blocking connection, opened again as often as needed.
///
/// Threads: one owner calls everything; interrupt() alone may come from another thread, at any time.
class Connection {
 public:
  /// `endpoint` must outlive the connection.
  explicit Connection(const Endpoint& endpoint) noexcept : endpoint_{&endpoint} {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  using Clock = std::chrono::steady_clock;

  /// From now on connect(), send() and receive() fail with timed_out once it is `until`, all together.
  /// Without it they wait for ever.
  void limit_until(Clock::time_point until) noexcept { until_ = until; }

  /// From now on closing also ends the connection for whoever holds a duplicate of the descriptor.
  void end_for_duplicates() noexcept { end_for_duplicates_ = true; }

  /// Closes what is open and connects anew. operation_canceled after interrupt().
  std::error_code connect();

  /// What is sent as one message; parts may be empty.
  struct Message {
    std::string_view head;
    std::string_view body;
    std::string_view tail{};
  };

  /// connection_aborted: the peer answered before it had all of it; its answer can be received.
  /// timed_out: it had not taken all of it by `until`.
  std::error_code send(const Message& message, Clock::time_point until = Clock::time_point::max());

  /// Waits for bytes. 0 with no error: the peer closed.
  std::size_t receive(std::span<char> space, std::error_code& failure);

  /// Whether the peer has closed, or sent something unasked: then a request sent now would be lost.
  [[nodiscard]] bool is_stale() const noexcept;

  /// Makes a receive() or connect() in progress, and every later one, return at once; connect() afterwards
  /// only after resume(). Bytes that had arrived can still be received.
  void interrupt();
  void resume();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  void close();

  const Endpoint* endpoint_;
  int descriptor_ =
      -1;  ///< Written by the owner only, under mutex_, so that interrupt() never meets a reused number.
  Clock::time_point until_ = Clock::time_point::max();
  bool end_for_duplicates_ = false;
  std::mutex mutex_;
  bool interrupted_ = false;
};

}  // namespace lmi::transport
