#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace lmi::bench {

using Clock = std::chrono::steady_clock;

/// A Runtime API reduced to what a benchmark needs, on one epoll loop that the caller turns: it costs as
/// little as possible beside the runtime it measures. It trusts its client; conformance is the tests'
/// business.
class ApiStub {
 public:
  ApiStub();  ///< Listens on 127.0.0.1, a port the kernel picks. Throws std::system_error.
  ~ApiStub();
  ApiStub(const ApiStub&) = delete;
  ApiStub& operator=(const ApiStub&) = delete;

  std::string address() const;  ///< host:port, for AWS_LAMBDA_RUNTIME_API.

  /// Every poll is answered at once, until `until`.
  void run_freely(Clock::time_point until);
  /// Turns the loop until `polls` polls wait at the same moment; false when `limit` passes first.
  bool wait_for_polls(std::size_t polls, Clock::time_point limit);
  /// Answers all waiting polls at once and turns the loop until each has been responded to.
  /// The time from the first event written to the last response read; negative when `limit` passes first.
  Clock::duration release_all(Clock::time_point limit);

  void set_payload(std::string payload) { payload_ = std::move(payload); }
  std::uint64_t responses() const noexcept { return responses_; }
  std::uint64_t errors() const noexcept { return errors_; }  ///< Posted to /error or /init/error.
  std::size_t waiting() const noexcept { return waiting_.size(); }
  /// When the very first poll arrived; the epoch before that.
  Clock::time_point first_poll() const noexcept { return first_poll_; }
  /// Forgets connections and counters, for the next function.
  void reset();

 private:
  struct Connection {
    std::string in;
  };

  void turn(int timeout_ms);
  void read_from(int fd);
  void serve(int fd, Connection& connection);
  void answer(int fd, const std::string& head_line, const std::string& target);
  void send_event(int fd);
  void close_connection(int fd);

  int epoll_ = -1;
  int listener_ = -1;
  std::unordered_map<int, Connection> connections_;
  std::vector<int> waiting_;
  bool free_running_ = false;
  std::string payload_ = R"({"name":"Ada","numbers":[1,2,3],"text":"forty-nine"})";
  std::string out_;
  std::uint64_t next_id_ = 0;
  std::uint64_t responses_ = 0;
  std::uint64_t errors_ = 0;
  Clock::time_point first_poll_{};
};

}  // namespace lmi::bench
