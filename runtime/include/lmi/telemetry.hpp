#pragma once

// What the Telemetry API sends, and how to have it sent. Component lmi::extension. Records as nlohmann::json:
// <lmi/telemetry_json.hpp>.
//
// Errors: by value, an ExtensionError; what the platform drops is told (TelemetryDropped).

#include "lmi/extension_error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lmi {

class ExtensionClient;

/// What can be subscribed to.
enum class TelemetryType {
  platform,   ///< Starts, reports, init, drops: "platform.…".
  function,   ///< A line the function wrote to stdout or stderr.
  extension,  ///< A line an extension wrote; this one too: an extension that writes a line for each batch it
              ///< gets, and gets its own lines, never stops.
};

/// One thing that happened.
struct TelemetryEvent {
  std::chrono::system_clock::time_point time;  ///< 1970 when the platform's text cannot be read.
  std::string type;                            ///< E.g. "platform.report", "function".

  /// JSON text, as it came: an object; for a line that is not JSON itself, a string with its quotes.
  std::string record;

  /// requestId of the record; empty when it has none.
  std::string request_id;
};

/// How the platform gathers events before it sends them: a batch goes out when one of the three is reached.
/// Ranges and defaults: Telemetry API reference (AWS documentation), "buffering".
struct TelemetryBuffering {
  unsigned max_items = 1000;                ///< 1,000 … 10,000 events.
  unsigned max_bytes = 262'144;             ///< 262,144 … 1,048,576 bytes.
  std::chrono::milliseconds timeout{1000};  ///< 25 … 30,000 ms.
};

/// Told when the platform had to throw events away because they were not taken fast enough
/// (platform.logsDropped).
struct TelemetryDropped {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string reason;
};

struct TelemetryOptions {
  std::vector<TelemetryType> types{TelemetryType::platform, TelemetryType::function};
  TelemetryBuffering buffering{};

  /// On Managed Instances "2025-01-29" is the only one.
  std::string schema_version = "2025-01-29";

  /// Where to listen: an address of this machine. Empty: where sandbox.localdomain is, the name under which
  /// the platform reaches the extension; where nothing has that name (outside AWS), 127.0.0.1.
  std::string address{};

  /// 0: the kernel picks one. 9001 is the platform's.
  std::uint16_t port = 0;

  /// Called before the batch that says it is handed on. On the same thread.
  std::function<void(const TelemetryDropped&)> on_dropped{};
};

/// Takes one batch. Runs on the subscriber's thread, one batch after the other.
///
/// Back-pressure: the platform's request is answered when the callback returns, and the next one read only
/// then. Meanwhile the platform keeps events, within limits; beyond them it drops and says so
/// (platform.logsDropped). What takes long belongs on a thread of the extension's own.
using TelemetryCallback = std::function<void(std::span<const TelemetryEvent>)>;

/// Nothing when `options` can be sent; else what is out of range, with the range. Pure.
std::optional<ExtensionError> check_telemetry_options(const TelemetryOptions& options,
                                                      bool managed_instances);

struct TelemetryStats {
  std::uint64_t batches = 0;            ///< Handed to the callback.
  std::uint64_t events = 0;             ///< In them.
  std::uint64_t malformed_batches = 0;  ///< Not HTTP, or not a JSON array: nothing of it was handed on.
  std::uint64_t malformed_events = 0;   ///< Without type or record; left out of their batch.
  std::uint64_t failed_batches = 0;     ///< The callback threw.
  std::uint64_t dropped_records = 0;    ///< By the platform, as platform.logsDropped says.
  std::uint64_t dropped_bytes = 0;
};

/// A small HTTP server that the platform sends its batches to.
///
/// A batch that cannot be read is counted and answered with 200: the same bytes a second time would be no
/// better.
///
/// Threads:  every member from any thread. The callback runs on a thread of the subscriber's.
/// Lifetime: the callback, and what it refers to, must outlive the subscriber. Destroying it waits for the
///           batch under way.
class TelemetrySubscriber {
 public:
  /// Checks the options, listens, then subscribes: after ExtensionClient::sign_up() and before the function's
  /// init is over. What was said before is sent again by the platform.
  static ExtensionResult<TelemetrySubscriber> start(ExtensionClient& client, TelemetryOptions options,
                                                    TelemetryCallback callback);

  ~TelemetrySubscriber();
  TelemetrySubscriber(TelemetrySubscriber&&) noexcept;
  TelemetrySubscriber& operator=(TelemetrySubscriber&&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] TelemetryStats stats() const;

  /// At the end: returns once nothing has come for `quiet`, or at `until`. The platform sends what it still
  /// holds before it sends SHUTDOWN; a batch may be on its way. False: it was `until`.
  bool drain(std::chrono::steady_clock::time_point until,
             std::chrono::milliseconds quiet = std::chrono::milliseconds{50});

 private:
  struct Parts;
  explicit TelemetrySubscriber(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi
