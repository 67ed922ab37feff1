#include "load/report.hpp"

#include "terminal.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <iomanip>
#include <sstream>

namespace lmi::cli::load {
namespace {

using nlohmann::ordered_json;

struct Percentile {
  const char* name;
  double percent;
};
constexpr std::array<Percentile, 6> percentiles{
    {{"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p99.9", 99.9}, {"max", 100}}};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}
double milliseconds(std::int64_t micros) {
  return static_cast<double>(micros) / 1000.0;
}

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

void add_latency_row(std::ostringstream& out, const char* name, const Histogram& histogram) {
  out << "  " << std::left << std::setw(11) << name << std::right;
  for (const auto& [label, percent] : percentiles) {
    out << std::setw(11) << fixed(milliseconds(histogram.value_at_percentile(percent)), 2);
  }
  out << std::setw(11) << fixed(histogram.mean() / 1000.0, 2) << '\n';
}

ordered_json latency_json(const Histogram& histogram) {
  ordered_json object;
  for (const auto& [label, percent] : percentiles) {
    object[label] = milliseconds(histogram.value_at_percentile(percent));
  }
  object["min"] = milliseconds(histogram.min());
  object["mean"] = histogram.mean() / 1000.0;
  return object;
}

}  // namespace

double throughput(const Outcome& outcome) {
  const double elapsed = seconds(outcome.elapsed);
  return elapsed > 0 ? static_cast<double>(outcome.succeeded) / elapsed : 0;
}

std::string to_text(const RunDescription& run, const Outcome& outcome) {
  std::ostringstream out;
  out << run.function << ", " << run.pace << ", " << fixed(seconds(outcome.elapsed), 2) << " s"
      << (outcome.interrupted ? " (interrupted)" : "") << "\n\n"
      << "  invocations  " << outcome.succeeded + outcome.failed() << '\n'
      << "  succeeded    " << outcome.succeeded << "  (" << fixed(throughput(outcome), 1) << "/s)\n"
      << "  failed       " << outcome.failed() << '\n';
  for (const auto& [failure, count] : outcome.failures) {
    out << "    " << name_of(failure.kind) << (failure.detail.empty() ? "" : ": ") << failure.detail << "  "
        << count << '\n';
  }
  if (outcome.unsent > 0)
    out << "  not sent     " << outcome.unsent << "  (no connection was free before the end)\n";
  if (outcome.unanswered > 0)
    out << "  unanswered   " << outcome.unanswered << "  (given up when interrupted)\n";
  out << "  at once      " << outcome.peak_in_flight << '\n';
  if (outcome.succeeded == 0) return out.str();

  out << "\n  latency, ms";
  for (const auto& [label, percent] : percentiles) out << std::setw(11) << label;
  out << std::setw(11) << "mean" << '\n';
  add_latency_row(out, "corrected", outcome.corrected);
  add_latency_row(out, "raw", outcome.latency);
  out << (run.open_loop
              ? "  corrected: from when each request was meant to leave; raw: from when it left\n"
              : "  corrected: with the requests a slow answer held up (HdrHistogram's estimate); raw: as "
                "measured\n");
  return out.str();
}

std::string to_json(const RunDescription& run, const Outcome& outcome) {
  ordered_json failures = ordered_json::array();
  for (const auto& [failure, count] : outcome.failures) {
    failures.push_back({{"class", name_of(failure.kind)}, {"detail", failure.detail}, {"count", count}});
  }
  const ordered_json object{{"function", run.function},
                            {"pace", run.pace},
                            {"elapsedSeconds", seconds(outcome.elapsed)},
                            {"invocations", outcome.succeeded + outcome.failed()},
                            {"succeeded", outcome.succeeded},
                            {"failed", outcome.failed()},
                            {"notSent", outcome.unsent},
                            {"unanswered", outcome.unanswered},
                            {"perSecond", throughput(outcome)},
                            {"peakInFlight", outcome.peak_in_flight},
                            {"responseBytes", outcome.response_bytes},
                            {"interrupted", outcome.interrupted},
                            {"failures", failures},
                            {"latencyMs", latency_json(outcome.latency)},
                            {"correctedLatencyMs", latency_json(outcome.corrected)}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string to_text(const Progress& progress) {
  constexpr int bar_width = 30;
  if (progress.interrupted) {
    return "interrupted: waiting for " + std::to_string(progress.in_flight) +
           " in flight, Ctrl-C again waits for none";
  }
  if (progress.warming_up) return "warming up, " + std::to_string(progress.in_flight) + " in flight";
  return progress_bar(progress.fraction, bar_width) + ' ' + std::to_string(progress.done) + " done, " +
         std::to_string(progress.failed) + " failed, " + std::to_string(progress.in_flight) + " in flight, " +
         fixed(seconds(progress.elapsed), 1) + " s";
}

}  // namespace lmi::cli::load
