#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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

  /// Every poll is answered at once, until `until` and, should the machine be so busy that there was none,
  /// until the first answer, or `limit` if there never is one.
  void run_freely(Clock::time_point until, Clock::time_point limit);
  /// Turns the loop until `polls` polls wait at the same moment; false when `limit` passes first.
  bool wait_for_polls(std::size_t polls, Clock::time_point limit);
  /// Answers all waiting polls at once and turns the loop until each has been responded to.
  /// The time from the first event written to the last response read; negative when `limit` passes first.
  Clock::duration release_all(Clock::time_point limit);

  void set_payload(std::string payload) { payload_ = std::move(payload); }

  // ---- For scenarios that decide what each poll gets ----

  /// One turn of the loop, at most this long.
  void turn(int timeout_ms);
  /// Connections whose polls wait, the longest first.
  const std::vector<int>& waiting_polls() const noexcept { return waiting_; }
  /// Gives a waiting poll this event.
  void give(int connection, std::string payload);
  /// Told of every answer as it is read, and before it is accepted.
  using OnAnswer = std::function<void(int connection, std::string_view body)>;
  void on_answer(OnAnswer observer) { on_answer_ = std::move(observer); }

  /// From now on, for connections made after this: the time from an answer's 202 being written to the
  /// arrival of the next poll, as the kernel stamped it, so that this loop's own delays do not count.
  void record_gaps(std::vector<std::chrono::nanoseconds>& gaps) { gaps_ = &gaps; }

  std::uint64_t responses() const noexcept { return responses_; }
  std::uint64_t errors() const noexcept { return errors_; }  ///< Posted to /error or /init/error.
  std::size_t waiting() const noexcept { return waiting_.size(); }
  /// When the very first poll arrived; the epoch before that.
  Clock::time_point first_poll() const noexcept { return first_poll_; }
  /// Forgets connections and counters, for the next function.
  void reset();

 private:
  using WallTime = std::chrono::system_clock::time_point;
  struct Connection {
    std::string in;
    WallTime arrived{};   ///< The last bytes, when gaps are recorded.
    WallTime accepted{};  ///< When the last answer's 202 was written, likewise.
  };

  void read_from(int fd);
  void serve(int fd, Connection& connection);
  void answer(int fd, Connection& connection, const std::string& head_line, const std::string& target,
              std::string_view body);
  void send_event(int fd);
  void close_connection(int fd);

  int epoll_ = -1;
  int listener_ = -1;
  std::unordered_map<int, Connection> connections_;
  std::vector<int> waiting_;
  bool free_running_ = false;
  std::string payload_ = R"({"name":"Ada","numbers":[1,2,3],"text":"forty-nine"})";
  std::string out_;
  OnAnswer on_answer_;
  std::vector<std::chrono::nanoseconds>* gaps_ = nullptr;
  std::uint64_t next_id_ = 0;
  std::uint64_t responses_ = 0;
  std::uint64_t errors_ = 0;
  Clock::time_point first_poll_{};
};

}  // namespace lmi::bench
