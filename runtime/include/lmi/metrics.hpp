#pragma once

// Metrics in CloudWatch's embedded metric format (EMF): a JSON line in the log from which CloudWatch makes
// metrics, with no call to it.
//
// Limits and names are those of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

#include "lmi/middleware.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi {

/// What a metric's values count; CloudWatch's whole list.
enum class Unit {
  none,
  seconds,
  microseconds,
  milliseconds,
  bytes,
  kilobytes,
  megabytes,
  gigabytes,
  terabytes,
  bits,
  kilobits,
  megabits,
  gigabits,
  terabits,
  percent,
  count,
  bytes_per_second,
  kilobytes_per_second,
  megabytes_per_second,
  gigabytes_per_second,
  terabytes_per_second,
  bits_per_second,
  kilobits_per_second,
  megabits_per_second,
  gigabits_per_second,
  terabits_per_second,
  count_per_second,
};

/// How finely CloudWatch stores a metric: to the minute, or (dearer) to the second.
enum class Resolution { minute = 60, second = 1 };

namespace detail {

struct EmfMetric {
  std::string name;
  Unit unit;
  Resolution resolution;
  std::vector<double> values;
};

/// A member of the line's root object: a dimension's value, or a property.
struct EmfMember {
  std::string key;
  std::string json;
};

}  // namespace detail

/// The metrics of one invocation; EmfMetrics::of(context) gives it, and writes it when the invocation ends.
///
/// Threads:  any, at the same time.
/// Lifetime: valid until the handler is done.
/// Errors:   std::invalid_argument says which name or value is outside CloudWatch's limits, and which limit.
///           Metrics, dimensions and properties share one name space: a name may be only one of the three.
class Metrics {
 public:
  /// Adds a value to the metric. The unit and the resolution of a name are those of its first value.
  /// `name`: 1 to 1024 printable ASCII characters. `value`: finite, within ±2^360.
  void add(std::string_view name, double value, Unit unit = Unit::none,
           Resolution resolution = Resolution::minute);

  /// Sets a dimension of all metrics of this invocation, replacing an earlier value. At most 30 dimensions,
  /// those of EmfOptions included. `key`: 1 to 250 printable ASCII characters, not beginning with a colon;
  /// `value`: 1 to 1024, not only spaces. Every combination of values is a metric of its own, and is paid as
  /// one: never use ids.
  void set_dimension(std::string_view key, std::string_view value);

  /// Sets something to find in the log line, not a dimension: this is where ids belong.
  void set_property(std::string_view key, std::string_view value);
  void set_property(std::string_view key, const char* value) { set_property(key, std::string_view{value}); }
  void set_property(std::string_view key, std::int64_t value);
  void set_property(std::string_view key, int value) { set_property(key, std::int64_t{value}); }
  void set_property(std::string_view key, double value);
  void set_property(std::string_view key, bool value);

 private:
  friend class EmfMetrics;
  friend class MiddlewareWithState<Metrics>;
  Metrics() = default;

  void define(std::string_view name, Unit unit);
  void set_property_json(std::string_view key, std::string json);
  detail::EmfMetric& metric(std::string_view name, Unit unit, Resolution resolution);

  std::mutex mutex_;
  std::vector<detail::EmfMetric> metrics_;
  std::vector<detail::EmfMember> dimensions_;
  std::vector<detail::EmfMember> properties_;
  std::size_t members_size_ = 0;  ///< Bytes of dimensions and properties: they come in every line.
  std::chrono::steady_clock::time_point started_;
};

struct EmfOptions {
  /// 1 to 255 of A-Z a-z 0-9 . - _ / # : and space; not beginning with "AWS/".
  std::string name_space{};

  /// Dimensions that every invocation has, e.g. {{"service", "orders"}}.
  std::vector<std::pair<std::string, std::string>> dimensions{};

  /// Adds the metric ColdStart, 1, to the first invocation of the process.
  bool cold_start = true;

  /// Adds Duration (milliseconds, from this middleware's before() to its after()) and Errors (0 or 1) to
  /// every invocation. Lambda publishes both by itself, without your dimensions.
  bool duration = false;
  bool errors = false;
};

/// The middleware that gives each invocation its Metrics, and writes them when it ends:
///
///     lmi::EmfMetrics metrics{{.name_space = "Shop", .dimensions = {{"service", "orders"}}}};
///     const auto handler = [&](const Order& order, lmi::Context& context) {
///       metrics.of(context).add("OrderValue", order.total, lmi::Unit::none);
///       …
///     };
///     return lmi::run(handler, {.middleware = {&metrics}});
///
/// One line an invocation, also when it fails, on stderr as the log lines and never inside one of them; it
/// carries requestId. More lines only beyond what one may hold: 100 metrics, 100 values a metric, 64 KiB.
/// None when nothing was added.
///
/// Threads:  serves any number of invocations at once; they share nothing but a flag for ColdStart.
/// Time:     the metrics' time is the wall clock's at the end of the invocation.
class EmfMetrics final : public MiddlewareWithState<Metrics> {
 public:
  /// Throws std::invalid_argument when the name space or a dimension is outside CloudWatch's limits.
  explicit EmfMetrics(EmfOptions options);

  Decision before(const RawEvent& event, Context& context) override;
  void after(Context& context, Completion& completion) override;

 private:
  const EmfOptions options_;
  std::atomic<bool> cold_{true};
};

}  // namespace lmi
