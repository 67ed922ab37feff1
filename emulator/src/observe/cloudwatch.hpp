#pragma once

#include "model/api_error.hpp"
#include "observe/metric_store.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

/// Amazon CloudWatch's three operations that read metrics, over one MetricStore: values in, values out.
/// Members are AWS's (API model of CloudWatch); times are seconds since 1970.
///
/// The only namespace there is is AWS/Lambda; others are empty, as on AWS. Metric math, Metrics Insights,
/// statistics other than the five and percentiles: refused, not ignored.
namespace lmi::emulator::observe::cloudwatch {

inline constexpr std::string_view metrics_namespace = "AWS/Lambda";

/// `now`: for RecentlyActive, in the time that the metrics were recorded in.
model::Result<nlohmann::json> list_metrics(const MetricStore& metrics, const nlohmann::json& input,
                                           MetricTime now);
model::Result<nlohmann::json> get_metric_statistics(const MetricStore& metrics, const nlohmann::json& input);
model::Result<nlohmann::json> get_metric_data(const MetricStore& metrics, const nlohmann::json& input);

/// "p99": 99; "p99.9": 99.9; absent: no percentile.
std::optional<double> percentile_of(std::string_view statistic);

}  // namespace lmi::emulator::observe::cloudwatch
