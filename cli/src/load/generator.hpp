#pragma once

#include "load/failure_class.hpp"
#include "measure/histogram.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::cli::load {

using sizing::measure::Histogram;

/// The requests to send, and at what pace. Exactly one of `rate` and `concurrency` is set, and at least one
/// of `duration` and `requests`.
struct Plan {
  std::string host;
  std::uint16_t port = 0;

  /// Request bodies, sent in turn. At least one.
  std::vector<std::string> payloads;
  /// Gives the head of a request with that payload: everything up to the body. Called at the start and every
  /// `head_lifetime` (a signature ages), not for every request.
  std::function<std::string(std::size_t payload)> make_head;
  std::chrono::seconds head_lifetime{150};

  std::optional<double> rate;
  std::optional<unsigned> concurrency;
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::uint64_t> requests;
  std::chrono::nanoseconds warmup{0};  ///< Before the rest, at the same pace; not counted.
  std::chrono::nanoseconds timeout{0};
  unsigned max_connections = 512;
};

/// All latencies in microseconds, of successful requests.
struct Outcome {
  Histogram latency{Histogram::Limits{}};  ///< From the moment of sending.
  /// From the moment the request was meant to be sent. At a constant rate that is measured; with fixed
  /// concurrency it is HdrHistogram's estimate, with the mean time between two requests of one connection as
  /// expected interval.
  Histogram corrected{Histogram::Limits{}};
  std::uint64_t succeeded = 0;
  std::map<FailureClass, std::uint64_t> failures;
  std::uint64_t unsent =
      0;  ///< Due at a constant rate, but still waiting for a connection when the time was over.
  unsigned unanswered = 0;  ///< Still in flight when a second signal ended everything.
  std::uint64_t response_bytes = 0;
  unsigned peak_in_flight = 0;
  /// From the first counted request to the last answer, or to the end of the duration when that is later.
  std::chrono::nanoseconds elapsed{0};
  bool interrupted = false;  ///< SIGINT or SIGTERM ended it early.

  std::uint64_t failed() const;
};

struct Progress {
  bool warming_up = false;
  std::uint64_t done = 0;  ///< Counted requests answered or failed.
  std::uint64_t failed = 0;
  unsigned in_flight = 0;
  bool interrupted = false;  ///< Only what is in flight is waited for.
  double fraction = 0;       ///< Of the whole run, 0 to 1.
  std::chrono::nanoseconds elapsed{0};
};

struct Watchers {
  std::function<void(const Progress&)> on_progress;  ///< About four times a second. May be empty.
  /// Every counted answer, successful or not. May be empty; it runs between requests, so it must be quick.
  std::function<void(std::uint64_t request, std::size_t payload, const Answer&)> on_answer;
};

/// Runs the plan on the calling thread, with an event loop of its own, and returns when every request has
/// been answered or has failed. SIGINT and SIGTERM stop the sending and keep what was measured; a second one
/// gives up what is in flight. Plain HTTP/1.1, one request at a time on each keep-alive connection.
///
/// It shares its cores with what it measures, so a request costs little: one write, one read, one wait; no
/// allocation once the buffers have grown. Measured with 64 connections on two cores: 13 µs of CPU for each,
/// where libcurl's multi interface takes 42 µs.
Outcome run(const Plan& plan, const Watchers& watchers);

}  // namespace lmi::cli::load
