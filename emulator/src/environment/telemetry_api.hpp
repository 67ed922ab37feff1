#pragma once

#include "environment/environment.hpp"
#include "environment/telemetry_feed.hpp"
#include "http/exchange.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::environment {

/// The Telemetry API of one environment (runtime-api.md §1.8): who subscribed, and what they are sent.
///
/// Threads:  loop thread only.
/// Lifetime: loop, network and spec outlive it. Destroyed, it tells nobody anything.
class TelemetryApi {
 public:
  using Subscribed = std::function<void(const std::string& extension, const std::vector<std::string>& types)>;

  /// `subscribed` is called from inside, after the subscriber was answered.
  TelemetryApi(Loop& loop, http::Network& network, const EnvironmentSpec& spec, Subscribed subscribed)
      : loop_{loop}, network_{network}, spec_{spec}, subscribed_{std::move(subscribed)} {}

  /// PUT /telemetry of a registered extension. A second one replaces the first, as AWS documents.
  void handle_subscribe(http::ExchangePtr exchange, std::string extension);

  /// Something happened. From the platform: its log line, which is an event already.
  void add(LogSource source, std::string_view line);

  /// Initialisation is over: nobody subscribes any more, and what was kept for late subscribers goes.
  void close_subscription();

  /// Delivers what is left, for at most `limit`; then `done`: at once when there is nothing.
  void flush(std::chrono::milliseconds limit, std::function<void()> done);

 private:
  struct Event {
    LogSource source;
    std::string line;
    std::string time;
  };

  void on_body(const http::ExchangePtr& exchange, const std::string& extension, const http::Body& body);
  void deliver(TelemetryFeed& feed, const Event& event);

  Loop& loop_;
  http::Network& network_;
  const EnvironmentSpec& spec_;
  Subscribed subscribed_;
  bool closed_ = false;
  std::vector<Event> history_;  // since the start, for those who subscribe during initialisation
  std::size_t history_bytes_ = 0;
  std::map<std::string, std::unique_ptr<TelemetryFeed>> feeds_;  // by extension
  Loop::Timer flush_timer_;
  std::shared_ptr<const bool> alive_ =
      std::make_shared<bool>(true);  // watched by callbacks that may come late
};

}  // namespace lmi::emulator::environment
