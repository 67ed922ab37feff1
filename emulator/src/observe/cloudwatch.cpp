#include "observe/cloudwatch.hpp"

#include "observe/cloudwatch_input.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <set>
#include <utility>

namespace lmi::emulator::observe::cloudwatch {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// AWS documentation of the three operations.
constexpr std::size_t metrics_per_page = 500;
constexpr std::size_t queries_per_request = 500;
constexpr std::int64_t points_per_statistics = 1440;
constexpr std::size_t points_per_request = 100'800;
constexpr std::chrono::hours recently{3};

struct Statistic {
  std::string_view name;
  double (*value)(const MetricSummary&);
};
constexpr std::array<Statistic, 5> statistics = {{
    {"SampleCount", [](const MetricSummary& summary) { return static_cast<double>(summary.count()); }},
    {"Average", [](const MetricSummary& summary) { return summary.average(); }},
    {"Sum", [](const MetricSummary& summary) { return summary.sum(); }},
    {"Minimum", [](const MetricSummary& summary) { return summary.minimum(); }},
    {"Maximum", [](const MetricSummary& summary) { return summary.maximum(); }},
}};

using Read = std::function<double(const MetricSummary&)>;

/// How a statistic of this name is read; empty: there is none.
Read reader_of(std::string_view name, bool percentiles_too) {
  for (const Statistic& statistic : statistics) {
    if (statistic.name == name) return statistic.value;
  }
  const auto percent = percentiles_too ? percentile_of(name) : std::nullopt;
  if (!percent) return nullptr;
  return [percent = *percent](const MetricSummary& summary) { return summary.percentile(percent); };
}

double epoch_seconds(MetricTime time) {
  return static_cast<double>(std::chrono::duration_cast<seconds>(time.time_since_epoch()).count());
}

std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

struct Range {
  MetricTime from;
  MetricTime to;

  /// The most data points there may be in it.
  std::int64_t points(seconds period) const {
    return (std::chrono::ceil<seconds>(to - from) + period - seconds{1}) / period;
  }
};

Range range_of(const Input& input) {
  const Range range{input.required_time("StartTime"), input.required_time("EndTime")};
  if (range.from >= range.to) {  // AWS's text, as its users quote it
    refuse_value("The parameter StartTime must be less than the parameter EndTime.");
  }
  return range;
}

/// Whether a metric's data points have the unit asked for, if any was.
bool has_unit(const MetricStore& metrics, const MetricId& id, const std::string& wanted) {
  const char* unit = metrics.unit_of(id);
  return unit && (wanted.empty() || wanted == unit);
}

/// Dimension filters: each must be there, with its value if it has one.
bool matches(const MetricId& id, const std::vector<Input>& filters) {
  return std::all_of(filters.begin(), filters.end(), [&id](const Input& filter) {
    const auto found = id.dimensions.find(filter.required_text("Name"));
    return found != id.dimensions.end() && (!filter.has("Value") || found->second == filter.text("Value"));
  });
}

json to_json(const MetricId& id) {
  json dimensions = json::array();
  for (const auto& [name, value] : id.dimensions) dimensions.push_back({{"Name", name}, {"Value", value}});
  return {{"Namespace", metrics_namespace}, {"MetricName", id.name}, {"Dimensions", std::move(dimensions)}};
}

/// NextToken is the number of metrics, or of data points, that came before.
std::size_t offset_of(const Input& input) {
  const std::string token = input.text("NextToken");
  std::size_t offset = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), offset);
  if (!token.empty() && (error != std::errc{} || end != token.data() + token.size())) {
    refuse_value("The token supplied in the request is invalid.");  // text: ours
  }
  return offset;
}

/// The data points of one answer of GetMetricData: all queries' are numbered one after the other, and a page
/// is a piece of that row. AWS documents the members and what they mean, not in which order a page fills.
class Page {
 public:
  Page(std::size_t offset, std::size_t most) : skip_{offset}, left_{most} {}

  /// Whether the next data point belongs into it.
  bool take() {
    ++seen_;
    if (seen_ <= skip_) return false;
    if (left_ == 0) {
      ++behind_;
      return false;
    }
    --left_;
    ++taken_;
    return true;
  }
  std::size_t behind() const noexcept { return behind_; }
  std::size_t end() const noexcept { return skip_ + taken_; }

 private:
  std::size_t skip_;
  std::size_t left_;
  std::size_t seen_ = 0;
  std::size_t taken_ = 0;
  std::size_t behind_ = 0;  // that belong into later pages
};

/// `page`: null for a query whose data are not shown.
json data_result(const MetricStore& metrics, const Input& query, const Range& range, bool oldest_first,
                 Page* page) {
  const std::string id = query.required_text("Id");
  if (query.has("Expression")) {  // text: ours
    refuse_value(
        "The query " + id +
        " has an Expression: this emulator has neither metric math nor Metrics Insights. Ask for its "
        "metrics by MetricStat and calculate yourself.");
  }
  const Input stat = query.required_structure("MetricStat");
  const Input metric = stat.required_structure("Metric");
  const MetricId wanted = metric.metric();
  const seconds period = stat.required_period();
  const std::string name = stat.required_text("Stat");
  const Read read = reader_of(name, true);
  if (!read) {  // text: ours
    refuse_value("The statistic " + name + " of query " + id +
                 " is none this emulator has: SampleCount, Average, Sum, Minimum, Maximum, p0 to p100.");
  }
  json times = json::array();
  json values = json::array();
  const std::size_t behind_before = page ? page->behind() : 0;
  if (metric.is_of_lambda() && has_unit(metrics, wanted, stat.text("Unit")) && page) {
    auto points = metrics.read(wanted, range.from, range.to, period);
    if (!oldest_first) std::reverse(points.begin(), points.end());
    for (const MetricStore::Point& point : points) {
      if (!page->take()) continue;
      times.push_back(epoch_seconds(point.begin));
      values.push_back(read(point.summary));
    }
  }
  return {{"Id", id},
          {"Label", query.has("Label") ? query.text("Label") : wanted.name},
          {"Timestamps", std::move(times)},
          {"Values", std::move(values)},
          {"StatusCode", page && page->behind() > behind_before ? "PartialData" : "Complete"}};
}

/// What GetMetricStatistics is to show of each data point: by name, the five first.
struct WantedStatistics {
  std::vector<std::pair<std::string, Read>> plain;
  std::vector<std::pair<std::string, Read>> extended;
};

WantedStatistics wanted_statistics(const Input& input) {
  WantedStatistics wanted;
  for (std::string& name : input.texts("Statistics")) {
    Read read = reader_of(name, false);
    if (!read) {  // text: ours
      refuse_value("The parameter Statistics may hold SampleCount, Average, Sum, Minimum and Maximum, not '" +
                   name + "'.");
    }
    wanted.plain.emplace_back(std::move(name), std::move(read));
  }
  for (std::string& name : input.texts("ExtendedStatistics")) {
    if (!percentile_of(name)) {  // text: ours
      refuse_value("The parameter ExtendedStatistics may hold percentiles from p0 to p100, not '" + name +
                   "'.");
    }
    Read read = reader_of(name, true);
    wanted.extended.emplace_back(std::move(name), std::move(read));
  }
  if (wanted.plain.empty() && wanted.extended.empty()) {  // text: ours
    refuse_combination("At least one of the parameters Statistics and ExtendedStatistics must be specified.");
  }
  return wanted;
}

json list_metrics_of(const MetricStore& metrics, const Input& input, MetricTime now) {
  const std::string active = input.text("RecentlyActive");
  if (!active.empty() && active != "PT3H") {
    refuse_value("The parameter RecentlyActive must be PT3H.");  // text: ours
  }
  const std::vector<Input> filters = input.structures("Dimensions");
  const std::string name = input.text("MetricName");
  const std::size_t offset = offset_of(input);
  json listed = json::array();
  std::size_t found = 0;
  if (!input.has("Namespace") || input.is_of_lambda()) {
    for (const MetricStore::Entry& entry : metrics.list()) {
      if (!name.empty() && entry.id.name != name) continue;
      if (!active.empty() && entry.newest < now - recently) continue;
      if (!matches(entry.id, filters) || found++ < offset) continue;
      if (listed.size() < metrics_per_page) listed.push_back(to_json(entry.id));
    }
  }
  json output{{"Metrics", std::move(listed)}};
  if (found > offset + metrics_per_page) output["NextToken"] = std::to_string(offset + metrics_per_page);
  return output;
}

json get_metric_statistics_of(const MetricStore& metrics, const Input& input) {
  const bool is_of_lambda = input.is_of_lambda();
  const MetricId id = input.metric();
  const Range range = range_of(input);
  const seconds period = input.required_period();
  const WantedStatistics wanted = wanted_statistics(input);
  if (const auto points = range.points(period); points > points_per_statistics) {
    refuse_combination(  // AWS's text, as its users quote it
        "You have requested up to " + with_commas(points) +
        " datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by "
        "increasing "
        "Period, or decreasing the time range.");
  }
  json points = json::array();
  if (is_of_lambda && has_unit(metrics, id, input.text("Unit"))) {
    for (const MetricStore::Point& point : metrics.read(id, range.from, range.to, period)) {
      json shown{{"Timestamp", epoch_seconds(point.begin)}, {"Unit", metrics.unit_of(id)}};
      for (const auto& [name, read] : wanted.plain) shown[name] = read(point.summary);
      for (const auto& [name, read] : wanted.extended)
        shown["ExtendedStatistics"][name] = read(point.summary);
      points.push_back(std::move(shown));
    }
  }
  return {{"Label", id.name}, {"Datapoints", std::move(points)}};
}

json get_metric_data_of(const MetricStore& metrics, const Input& input) {
  const Range range = range_of(input);
  Page page{offset_of(input), input.whole_or("MaxDatapoints", points_per_request, 1, points_per_request)};
  const std::vector<Input> queries = input.structures("MetricDataQueries");
  if (queries.empty() || queries.size() > queries_per_request) {  // text: ours
    refuse_value("The parameter MetricDataQueries must hold 1 to 500 queries.");
  }
  const std::string order = input.text("ScanBy");
  if (!order.empty() && order != "TimestampAscending" && order != "TimestampDescending") {  // text: ours
    refuse_value("The parameter ScanBy must be TimestampAscending or TimestampDescending.");
  }
  json results = json::array();
  std::set<std::string> ids;
  for (const Input& query : queries) {
    if (!ids.insert(query.required_text("Id")).second) {  // text: ours
      refuse_value("The values of Id in MetricDataQueries must differ: " + query.text("Id"));
    }
    const bool shown = query.shows_data();
    json result = data_result(metrics, query, range, order == "TimestampAscending", shown ? &page : nullptr);
    if (shown) results.push_back(std::move(result));
  }
  json output{{"MetricDataResults", std::move(results)}, {"Messages", json::array()}};
  if (page.behind() > 0) output["NextToken"] = std::to_string(page.end());
  return output;
}

template <class Operation>
model::Result<json> perform(Operation operation) {
  try {
    return operation();
  } catch (const Refused& refused) {
    return refused.error;
  }
}

}  // namespace

std::optional<double> percentile_of(std::string_view statistic) {
  if (!statistic.starts_with('p')) return std::nullopt;
  statistic.remove_prefix(1);
  double percent = -1;
  const auto [end, error] = std::from_chars(statistic.data(), statistic.data() + statistic.size(), percent,
                                            std::chars_format::fixed);
  const bool whole = error == std::errc{} && end == statistic.data() + statistic.size();
  if (!whole || !(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent;
}

model::Result<json> list_metrics(const MetricStore& metrics, const json& input, MetricTime now) {
  return perform([&] { return list_metrics_of(metrics, {input, ""}, now); });
}

model::Result<json> get_metric_statistics(const MetricStore& metrics, const json& input) {
  return perform([&] { return get_metric_statistics_of(metrics, {input, ""}); });
}

model::Result<json> get_metric_data(const MetricStore& metrics, const json& input) {
  return perform([&] { return get_metric_data_of(metrics, {input, ""}); });
}

}  // namespace lmi::emulator::observe::cloudwatch
