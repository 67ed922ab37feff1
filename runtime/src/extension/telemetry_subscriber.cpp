#include "extension/batch_listener.hpp"
#include "extension/client_parts.hpp"
#include "extension/messages.hpp"
#include "extension/telemetry_batch.hpp"
#include "wire/error_report.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <mutex>
#include <system_error>
#include <utility>

namespace lmi {
namespace {

using Kind = ExtensionError::Kind;

ExtensionResult<transport::Endpoint> where_to_listen(const TelemetryOptions& options) {
  if (options.address.empty()) {
    // On Lambda the name is there and is what the platform connects to; elsewhere nobody but this machine
    // should be able to connect.
    auto named = transport::resolve("sandbox.localdomain", options.port);
    if (!named) named = transport::resolve("127.0.0.1", options.port);
    if (named) return *std::move(named);
    return ExtensionError{.kind = Kind::local, .message = "127.0.0.1: " + named.error()};
  }
  auto given = transport::resolve(options.address, options.port);
  if (!given)
    return ExtensionError{.kind = Kind::argument,
                          .message = "cannot listen on \"" + options.address + "\": " + given.error()};
  return *std::move(given);
}

}  // namespace

/// Threads: take() and count_malformed() on the listener's thread.
struct TelemetrySubscriber::Parts {
  Parts(TelemetryOptions given, TelemetryCallback use)
      : options{std::move(given)}, callback{std::move(use)} {}

  const TelemetryOptions options;
  const TelemetryCallback callback;
  std::mutex mutex;
  TelemetryStats stats;                                  ///< Guarded by mutex.
  std::unique_ptr<extension::BatchListener> listener{};  ///< Last: its thread uses the rest.

  void take(const std::string& body) noexcept;
  void hand_on(const extension::TelemetryBatch& batch);
  template <class F>
  void count(F change) {
    const std::lock_guard lock{mutex};
    change(stats);
  }
};

void TelemetrySubscriber::Parts::take(const std::string& body) noexcept {
  try {
    const auto batch = extension::read_batch(body);
    if (!batch) {
      spdlog::warn("telemetry.batch_malformed bytes={}", body.size());
      return count([](auto& all) { ++all.malformed_batches; });
    }
    count([&](auto& all) {
      ++all.batches;
      all.events += batch->events.size();
      all.malformed_events += batch->malformed_events;
    });
    hand_on(*batch);
  } catch (...) {
    const auto error = wire::describe(std::current_exception());
    spdlog::error("telemetry.batch_failed type={} message=\"{}\"", error.type, error.message);
    count([](auto& all) { ++all.failed_batches; });
  }
}

void TelemetrySubscriber::Parts::hand_on(const extension::TelemetryBatch& batch) {
  for (const auto& event : batch.events) {
    const auto dropped = extension::read_dropped(event);
    if (!dropped) continue;
    count([&](auto& all) {
      all.dropped_records += dropped->records;
      all.dropped_bytes += dropped->bytes;
    });
    if (options.on_dropped) options.on_dropped(*dropped);
  }
  if (callback) callback(batch.events);
}

TelemetrySubscriber::TelemetrySubscriber(std::unique_ptr<Parts> parts) noexcept : parts_{std::move(parts)} {}
TelemetrySubscriber::TelemetrySubscriber(TelemetrySubscriber&&) noexcept = default;
TelemetrySubscriber::~TelemetrySubscriber() = default;

ExtensionResult<TelemetrySubscriber> TelemetrySubscriber::start(ExtensionClient& client,
                                                                TelemetryOptions options,
                                                                TelemetryCallback callback) {
  auto& platform = *client.parts_;
  if (auto problem = check_telemetry_options(options, platform.managed_instances)) return *std::move(problem);
  const auto where = where_to_listen(options);
  if (!where) return where.error();

  auto parts = std::make_unique<Parts>(std::move(options), std::move(callback));
  try {
    parts->listener = std::make_unique<extension::BatchListener>(
        *where,
        extension::BatchListener::Use{
            .on_body = [&parts = *parts](std::string body) { parts.take(body); },
            .on_malformed = [&parts = *parts] { parts.count([](auto& all) { ++all.malformed_batches; }); }});
  } catch (const std::system_error& failure) {
    return ExtensionError{.kind = Kind::local,
                          .message = "cannot listen on " + where->authority + ": " + failure.what()};
  }
  const auto body = extension::subscription_body(parts->options, parts->listener->port());
  const auto subscribed = platform.calls.subscribe_telemetry(platform.id, body);
  if (!subscribed) return extension::to_error("subscribing to telemetry", subscribed.error());
  return TelemetrySubscriber{std::move(parts)};
}

std::uint16_t TelemetrySubscriber::port() const noexcept {
  return parts_->listener->port();
}

TelemetryStats TelemetrySubscriber::stats() const {
  const std::lock_guard lock{parts_->mutex};
  return parts_->stats;
}

bool TelemetrySubscriber::drain(std::chrono::steady_clock::time_point until,
                                std::chrono::milliseconds quiet) {
  return parts_->listener->wait_quiet(until, quiet);
}

}  // namespace lmi
