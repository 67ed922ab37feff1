#include "simulate/read_arrivals.hpp"

#include "simulate/traces.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lmi::sizing::simulate {
namespace {

constexpr double highest_rate = 1e7;
constexpr double longest_seconds = 400.0 * 86400;
constexpr std::uint64_t largest_burst = 10'000'000;

/// Reads one source into the sum of all.
class Reader {
 public:
  Reader(Time duration, const std::filesystem::path& directory)
      : end_{seconds(duration)}, directory_{directory} {}

  void read(const JsonValue& value) {
    if (value.raw().is_object() && value.raw().size() == 1) {
      const auto members = JsonObject{value}.all();
      const auto& [name, source] = members.front();
      if (name == "constant") return flat(source, Spacing::even);
      if (name == "poisson") return flat(source, Spacing::poisson);
      if (name == "ramp") return ramp(source);
      if (name == "burst") return burst(source);
      if (name == "diurnal") return diurnal(source);
      if (name == "trace") return trace(source);
      if (name == "accessLog") return access_log(source);
    }
    value.fail("an object with one of constant, poisson, ramp, burst, diurnal, trace, accessLog");
  }

  Arrivals take() {
    std::stable_sort(arrivals_.bursts.begin(), arrivals_.bursts.end(),
                     [](const Burst& one, const Burst& other) { return one.at < other.at; });
    return std::move(arrivals_);
  }

 private:
  static Spacing spacing(JsonObject& object, Spacing otherwise) {
    const auto found = object.optional("spacing");
    if (!found) return otherwise;
    return found->choice({"poisson", "even"}) == 0 ? Spacing::poisson : Spacing::even;
  }

  void flat(const JsonValue& value, Spacing spacing) {
    JsonObject object{value};
    const double rate = object.required("perSecond").number(0, highest_rate);
    const double from = object.number_or("fromSeconds", 0, 0, longest_seconds);
    const double to = object.number_or("toSeconds", end_, from, longest_seconds);
    object.finish();
    RateCurve curve;
    curve.append({from, to, rate, rate});
    arrivals_.rates.push_back({std::move(curve), spacing});
  }

  void ramp(const JsonValue& value) {
    JsonObject object{value};
    double rate = object.number_or("fromPerSecond", 0, 0, highest_rate);
    double from = object.number_or("fromSeconds", 0, 0, longest_seconds);
    RateCurve curve;
    const JsonValue stages = object.required("stages");
    if (stages.raw().is_array() && stages.raw().empty()) stages.fail("at least one stage");
    for (const auto& item : stages.items()) {
      JsonObject stage{item};
      const double to = from + stage.required("seconds").number(0, longest_seconds);
      const double target = stage.required("perSecond").number(0, highest_rate);
      stage.finish();
      curve.append({from, to, rate, target});
      from = to;
      rate = target;
    }
    const Spacing how = spacing(object, Spacing::poisson);
    object.finish();
    arrivals_.rates.push_back({std::move(curve), how});
  }

  void burst(const JsonValue& value) {
    JsonObject object{value};
    const auto calls = object.required("calls").whole(1, largest_burst);
    const double at = object.number_or("atSeconds", 0, 0, longest_seconds);
    const auto times = object.whole_or("times", 1, 1, 1'000'000);
    const double every = times == 1 ? object.number_or("everySeconds", 0, 0, longest_seconds)
                                    : object.required("everySeconds").number(0.001, longest_seconds);
    const double within = object.number_or("withinSeconds", 0, 0, longest_seconds);
    object.finish();
    RateCurve curve;
    for (std::uint64_t i = 0; i < times; ++i) {
      const double from = at + static_cast<double>(i) * every;
      const double rate = static_cast<double>(calls) / within;
      if (within > 0) {
        curve.append({from, from + within, rate, rate});
      } else {
        arrivals_.bursts.push_back({from_seconds(from), calls});
      }
    }
    if (within > 0) arrivals_.rates.push_back({std::move(curve), Spacing::even});
  }

  /// A cosine, drawn with a point a minute.
  void diurnal(const JsonValue& value) {
    constexpr double step = 60;
    JsonObject object{value};
    const double low = object.required("lowPerSecond").number(0, highest_rate);
    const double high = object.required("highPerSecond").number(low, highest_rate);
    const double peak = object.number_or("peakAtHours", 12, 0, 24 * 400) * 3600;
    const double period = object.number_or("periodHours", 24, 0.01, 24 * 400) * 3600;
    const Spacing how = spacing(object, Spacing::poisson);
    object.finish();
    const auto rate = [&](double at) {
      return low + (high - low) * (1 + std::cos(2 * std::numbers::pi * (at - peak) / period)) / 2;
    };
    RateCurve curve;
    for (double from = 0; from < end_; from += step) {
      const double to = std::min(from + step, end_);
      curve.append({from, to, rate(from), rate(to)});
    }
    arrivals_.rates.push_back({std::move(curve), how});
  }

  void trace(const JsonValue& value) {
    JsonObject object{value};
    const JsonValue file = object.required("file");
    const std::string name = (directory_ / file.text()).string();
    Counts counts;
    counts.interval_seconds = object.required("intervalSeconds").number(0.001, longest_seconds);
    const auto column = object.optional("column");
    const double scale = object.number_or("scale", 1, 0, 1e9);
    const Spacing how = spacing(object, Spacing::poisson);
    object.finish();
    const int which = column ? static_cast<int>(column->whole(0, 1000)) : -1;
    counts.calls = from_file(file, [&] { return read_csv_counts(name, which); });
    arrivals_.rates.push_back({to_curve(counts, scale), how});
  }

  void access_log(const JsonValue& value) {
    JsonObject object{value};
    const JsonValue file = object.required("file");
    const std::string name = (directory_ / file.text()).string();
    const double scale = object.number_or("scale", 1, 0, 1e9);
    const Spacing how = spacing(object, Spacing::poisson);
    object.finish();
    const Counts counts = from_file(file, [&] { return read_access_log(name); });
    arrivals_.rates.push_back({to_curve(counts, scale), how});
  }

  double end_;
  const std::filesystem::path& directory_;
  Arrivals arrivals_;
};

}  // namespace

Arrivals read_arrivals(const JsonValue& value, Time duration, const std::filesystem::path& directory) {
  Reader reader{duration, directory};
  if (value.raw().is_array()) {
    for (const auto& item : value.items()) reader.read(item);
  } else {
    reader.read(value);
  }
  return reader.take();
}

}  // namespace lmi::sizing::simulate
