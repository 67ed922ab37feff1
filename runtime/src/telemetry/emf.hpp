#pragma once

#include "lmi/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace lmi::telemetry {

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
inline constexpr std::size_t emf_metrics_a_line = 100;
inline constexpr std::size_t emf_values_a_metric = 100;
inline constexpr std::size_t emf_dimensions = 30;
inline constexpr std::size_t emf_dimension_name = 250;
inline constexpr std::size_t emf_dimension_value = 1024;
inline constexpr std::size_t emf_metric_name = 1024;
inline constexpr std::size_t emf_name_space = 255;
inline constexpr double emf_largest_value = 0x1p360;

/// Ours: half of a line is for dimensions and properties, so that there is always room for a metric.
inline constexpr std::size_t emf_members_size = 32 * 1024;

/// As CloudWatch writes it, e.g. "Bytes/Second".
std::string_view emf_unit(Unit unit);

struct EmfDocument {
  std::string_view name_space;
  std::int64_t timestamp_ms;  ///< Since 1970.
  std::span<const detail::EmfMember> dimensions;
  std::span<const detail::EmfMember> properties;
  std::span<const detail::EmfMetric> metrics;
};

/// Hands over the document as lines, newline included, each a valid EMF document below core::log_line_limit:
/// one, unless it has more than fits. None when there is no value. Pure.
void format_emf(const EmfDocument& document, const std::function<void(std::string_view line)>& write);

/// What is wrong with it, for the message of an exception; empty: nothing. Pure.
std::string_view emf_name_space_problem(std::string_view name_space);
std::string_view emf_metric_name_problem(std::string_view name);
std::string_view emf_dimension_name_problem(std::string_view name);
std::string_view emf_dimension_value_problem(std::string_view value);

}  // namespace lmi::telemetry
