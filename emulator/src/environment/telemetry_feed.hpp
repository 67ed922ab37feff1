#pragma once

#include "environment/telemetry_subscription.hpp"
#include "http/outlet.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace lmi::emulator::environment {

/// What AWS does not say about delivery; ours.
struct TelemetryLimits {
  std::size_t waiting_bytes = 8 * 1024 * 1024;  ///< Held for one subscriber; what comes beyond is dropped.
  unsigned attempts = 5;                        ///< For one batch; then it is dropped.
  std::chrono::milliseconds first_pause{100};   ///< Before the second attempt; doubles.
};

/// One subscriber's events: gathers them into batches, delivers one at a time, tries again, and says what had
/// to be dropped (platform.logsDropped).
///
/// Threads:  loop thread only.
/// Lifetime: the loop outlives it. Destroying it drops what is left.
class TelemetryFeed {
 public:
  TelemetryFeed(Loop& loop, std::unique_ptr<http::Outlet> outlet, TelemetrySubscription subscription,
                TelemetryLimits limits = {});

  const TelemetrySubscription& subscription() const noexcept { return subscription_; }

  /// `event`: a JSON object.
  void add(std::string event);

  /// From now on nothing waits for company. `emptied` is called when all is delivered or given up: at once,
  /// or later.
  void flush(std::function<void()> emptied);

 private:
  bool idle() const noexcept { return waiting_.empty() && batch_.empty(); }
  bool batch_is_full() const noexcept;
  void send_when_due();
  void begin_batch();
  void send_batch();
  void on_sent(bool taken);
  void count_dropped(std::size_t records, std::size_t bytes);
  std::string rendered() const;

  Loop& loop_;
  TelemetrySubscription subscription_;
  TelemetryLimits limits_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::deque<std::string> batch_;  // under way
  unsigned attempts_ = 0;          // of batch_
  std::uint64_t dropped_records_ = 0;
  std::uint64_t dropped_bytes_ = 0;
  const char* dropped_reason_ = "";
  bool due_ = false;  // the oldest waiting event has waited long enough
  std::function<void()> emptied_;
  Loop::Timer timer_;
  Loop::Timer retry_;
  std::unique_ptr<http::Outlet> outlet_;  // last: what it tells must find the rest
};

}  // namespace lmi::emulator::environment
