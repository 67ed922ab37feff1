#pragma once

#include "otlp/url.hpp"
#include "transport/endpoint.hpp"
#include "wire/reply.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::otlp {

struct CollectorReply {
  int status = 0;       ///< 0: none came; `failure` says why.
  std::string failure;  ///< For people.
  std::optional<std::chrono::seconds> retry_after;
  std::string body;
};

/// One keep-alive connection to a collector, with a limit on everything. The runtime's own Connection waits
/// for ever, as the Runtime API wants it; a collector must not hold a process.
///
/// Threads: one calls post(); give_up() from any.
class Collector {
 public:
  using Clock = std::chrono::steady_clock;

  /// Throws std::system_error when no descriptor is to be had.
  Collector(Url url, const std::vector<std::pair<std::string, std::string>>& headers);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Sends `json` and waits for the reply, until `deadline` at most. A kept connection that the collector has
  /// closed meanwhile is opened again.
  CollectorReply post(std::string_view json, Clock::time_point deadline);

  /// Makes post(), now and from now on, return at once.
  void give_up() noexcept;

 private:
  bool connect(Clock::time_point deadline, std::string& failure);
  bool send(std::string_view text, Clock::time_point deadline, std::string& failure);
  bool receive(Clock::time_point deadline, std::string& failure);
  bool wait(short events, Clock::time_point deadline, std::string& failure) const;
  [[nodiscard]] bool is_stale() const noexcept;
  void close() noexcept;

  const Url url_;
  std::string head_;  ///< Up to the value of Content-Length.
  std::optional<transport::Endpoint> endpoint_;
  wire::ReplyParser parser_;
  int socket_ = -1;
  int given_up_;  ///< An eventfd.
};

}  // namespace lmi::otlp
