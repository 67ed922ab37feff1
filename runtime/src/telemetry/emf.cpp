#include "telemetry/emf.hpp"

#include "core/json_text.hpp"
#include "core/log_line.hpp"
#include "telemetry/json_number.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace lmi::telemetry {
namespace {

constexpr std::array<std::string_view, 27> unit_names{
    "None",
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
};

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  core::append_json_text(out, text);
  out.push_back('"');
}

void append_members(std::string& out, std::span<const detail::EmfMember> members) {
  for (const auto& member : members) {
    out.push_back(',');
    append_string(out, member.key);
    out.append(":").append(member.json);
  }
}

void append_definition(std::string& out, const detail::EmfMetric& metric) {
  out.append(out.back() == '[' ? "{\"Name\":" : ",{\"Name\":");
  append_string(out, metric.name);
  out.append(",\"Unit\":\"").append(emf_unit(metric.unit)).append("\"");
  if (metric.resolution == Resolution::second) out.append(",\"StorageResolution\":1");
  out.push_back('}');
}

void append_values(std::string& out, std::string_view name, std::span<const double> values) {
  out.push_back(',');
  append_string(out, name);
  out.push_back(':');
  if (values.size() == 1) return append_json_number(out, values.front());
  out.push_back('[');
  for (const auto value : values) {
    if (out.back() != '[') out.push_back(',');
    append_json_number(out, value);
  }
  out.push_back(']');
}

/// The line so far, in its two places: metrics are defined near its start and have their values at its end.
class Line {
 public:
  explicit Line(const EmfDocument& document) {
    start_.append("{\"_aws\":{\"Timestamp\":").append(std::to_string(document.timestamp_ms));
    start_.append(",\"CloudWatchMetrics\":[{\"Namespace\":");
    append_string(start_, document.name_space);
    start_.append(",\"Dimensions\":[[");
    for (const auto& dimension : document.dimensions) {
      if (start_.back() != '[') start_.push_back(',');
      append_string(start_, dimension.key);
    }
    start_.append("]],\"Metrics\":[");
    end_ = "]}]}";
    append_members(end_, document.dimensions);
    append_members(end_, document.properties);
    empty_start_ = start_.size();
    empty_end_ = end_.size();
  }

  /// False, and unchanged, when it does not fit.
  bool add(const detail::EmfMetric& metric, std::span<const double> values) {
    if (metrics_ == emf_metrics_a_line) return false;
    const auto start_size = start_.size();
    const auto end_size = end_.size();
    append_definition(start_, metric);
    append_values(end_, metric.name, values);
    constexpr std::size_t closing = 2;  // } and newline
    if (start_.size() + end_.size() + closing >= core::log_line_limit && metrics_ > 0) {
      start_.resize(start_size);
      end_.resize(end_size);
      return false;
    }
    ++metrics_;
    return true;
  }

  void hand_over(const std::function<void(std::string_view)>& write) {
    start_.append(end_).append("}\n");
    write(start_);
    start_.resize(empty_start_);
    end_.resize(empty_end_);
    metrics_ = 0;
  }

  [[nodiscard]] bool empty() const noexcept { return metrics_ == 0; }

 private:
  std::string start_;
  std::string end_;
  std::size_t empty_start_;
  std::size_t empty_end_;
  std::size_t metrics_ = 0;
};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}
bool is_blank(std::string_view text) {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

}  // namespace

std::string_view emf_unit(Unit unit) {
  return unit_names.at(static_cast<std::size_t>(unit));
}

void format_emf(const EmfDocument& document, const std::function<void(std::string_view line)>& write) {
  Line line{document};
  // One round for the first 100 values of each metric, one for the next, …: a name may be in a line once.
  bool more = true;
  for (std::size_t from = 0; more; from += emf_values_a_metric) {
    more = false;
    for (const auto& metric : document.metrics) {
      if (metric.values.size() <= from) continue;
      const auto rest = std::span{metric.values}.subspan(from);
      const auto values = rest.first(std::min(rest.size(), emf_values_a_metric));
      more = more || rest.size() > values.size();
      if (!line.add(metric, values)) {
        line.hand_over(write);
        line.add(metric, values);
      }
    }
    if (!line.empty()) line.hand_over(write);
  }
}

std::string_view emf_name_space_problem(std::string_view name_space) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{".-_/#: "}.find(c) != std::string_view::npos;
  };
  if (name_space.size() > emf_name_space) return "is longer than 255 characters";
  if (is_blank(name_space)) return "is empty";
  if (!std::all_of(name_space.begin(), name_space.end(), allowed))
    return "has a character other than A-Z a-z 0-9 . - _ / # : and space";
  if (name_space.starts_with("AWS/")) return "begins with AWS/, which is reserved";
  return {};
}

std::string_view emf_metric_name_problem(std::string_view name) {
  if (is_blank(name)) return "is empty";
  if (name.size() > emf_metric_name) return "is longer than 1024 characters";
  if (!is_printable(name)) return "has a character that is not printable ASCII";
  if (name == "_aws") return "is reserved";
  return {};
}

std::string_view emf_dimension_name_problem(std::string_view name) {
  if (is_blank(name)) return "is empty";
  if (name.size() > emf_dimension_name) return "is longer than 250 characters";
  if (!is_printable(name)) return "has a character that is not printable ASCII";
  if (name.front() == ':') return "begins with a colon";
  if (name == "_aws") return "is reserved";
  return {};
}

std::string_view emf_dimension_value_problem(std::string_view value) {
  if (is_blank(value)) return "has an empty value";
  if (value.size() > emf_dimension_value) return "has a value longer than 1024 characters";
  if (!is_printable(value)) return "has a value with a character that is not printable ASCII";
  return {};
}

}  // namespace lmi::telemetry
