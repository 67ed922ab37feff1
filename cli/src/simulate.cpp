#include "simulate.hpp"

#include "simulate/report.hpp"
#include "simulate/simulate.hpp"
#include "simulate/sweep.hpp"
#include "terminal.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace lmi::cli {
namespace {

namespace sim = lmi::sizing::simulate;

/// A run that is to be made.
struct Job {
  std::string label;
  sim::Scenario scenario;
};

Failure usage(const sim::BadInput& bad) {
  return {ExitCode::usage, bad.what};
}

/// `--set`: one value each.
Result<std::vector<sim::SweepAxis>> axes(const std::vector<std::string>& texts, bool one_value) {
  std::vector<sim::SweepAxis> all;
  for (const auto& text : texts) {
    auto axis = sim::parse_axis(text);
    if (!axis) return usage(axis.error());
    if (one_value && axis->values.size() != 1) {
      return Failure{ExitCode::usage, "--set: '" + text + "' has several values",
                     "use --sweep to try several"};
    }
    all.push_back(std::move(*axis));
  }
  return all;
}

/// What one file asks for. A combination of a sweep that cannot be (memory that is no whole vCPUs, say) is
/// left out, and why is added to `left_out`.
Result<void> read_file(const std::filesystem::path& file, const std::vector<sim::SweepAxis>& settings,
                       const std::vector<sim::SweepAxis>& sweeps, std::vector<Job>& jobs,
                       std::vector<std::string>& left_out) {
  auto json = sim::read_json(file);
  if (!json) return usage(json.error());
  const auto changed = sim::variants(*json, settings).front().scenario;
  for (const auto& variant : sim::variants(changed, sweeps)) {
    const bool swept = !variant.label.empty();
    auto scenario = sim::read_scenario(variant.scenario, file.parent_path());
    if (scenario) {
      const std::string name = scenario->name.empty() ? file.stem().string() : scenario->name;
      jobs.push_back({swept ? variant.label : name, std::move(*scenario)});
    } else if (swept) {
      left_out.push_back(file.string() + ": " + variant.label + ": " + scenario.error().what);
    } else {
      return usage({file.string() + ": " + scenario.error().what});
    }
  }
  return {};
}

Result<std::vector<Job>> read_jobs(const SimulateOptions& options) {
  auto settings = axes(options.settings, true);
  if (!settings) return settings.error();
  auto sweeps = axes(options.sweeps, false);
  if (!sweeps) return sweeps.error();

  std::vector<Job> jobs;
  std::vector<std::string> left_out;
  for (const auto& file : options.scenarios) {
    const auto read = read_file(file, *settings, *sweeps, jobs, left_out);
    if (!read) return read.error();
  }
  if (jobs.empty()) return usage({left_out.front()});
  for (const auto& why : left_out) std::cerr << "left out: " << why << '\n';
  return jobs;
}

Result<std::vector<sim::FinishedRun>> run_all(std::vector<Job> jobs, const SimulateOptions& options,
                                              const emulator::fleet::Catalogue& catalogue) {
  constexpr int bar_width = 30;
  ProgressLine line;
  std::vector<sim::FinishedRun> runs;
  const std::size_t all = jobs.size();
  for (auto& job : jobs) {
    const std::string which =
        all == 1 ? job.label
                 : job.label + " (" + std::to_string(runs.size() + 1) + " of " + std::to_string(all) + ")";
    auto outcome = sim::simulate(job.scenario, catalogue, options.mode, [&](double done) {
      line.update(progress_bar(done, bar_width) + ' ' + std::to_string(static_cast<int>(done * 100)) +
                  " %  " + which);
    });
    if (!outcome) {
      line.clear();
      return Failure{ExitCode::failed, job.label + ": " + outcome.error().what};
    }
    runs.push_back({std::move(job.label), std::move(job.scenario), std::move(*outcome)});
  }
  line.clear();
  return runs;
}

/// Before the runs, which may take long: whether what they give can be kept.
Result<void> can_write(const SimulateOptions& options) {
  for (const auto& file : {options.csv, options.json, options.html, options.markdown}) {
    if (!file.empty() && !std::ofstream{file, std::ios::app}) {
      return Failure{ExitCode::failed, "cannot write '" + file.string() + "'"};
    }
  }
  return {};
}

Result<void> write(const std::filesystem::path& file, const std::string& text) {
  if (file.empty()) return {};
  std::ofstream out{file, std::ios::binary};
  out << text;
  if (!out.flush()) return Failure{ExitCode::failed, "cannot write '" + file.string() + "'"};
  return {};
}

std::string answer(const std::vector<sim::FinishedRun>& runs, const SimulateOptions& options) {
  if (options.output == OutputFormat::json) return sim::to_json(runs);
  if (options.validate) return sim::to_validation_text(runs);
  if (options.sweeps.empty()) return sim::to_text(runs);
  const sim::Criteria criteria{options.most_throttle_percent, options.p99_ms};
  return sim::to_ranking_text(runs, sim::rank(runs, criteria), criteria);
}

}  // namespace

Result<ExitCode> simulate(const SimulateOptions& options, const emulator::fleet::Catalogue& catalogue) {
  auto jobs = read_jobs(options);
  if (!jobs) return jobs.error();
  if (jobs->size() > 1 && !options.csv.empty()) {
    return Failure{ExitCode::usage,
                   "--csv takes the series of one run, this would be " + std::to_string(jobs->size())};
  }
  if (auto possible = can_write(options); !possible) return possible.error();
  auto runs = run_all(std::move(*jobs), options, catalogue);
  if (!runs) return runs.error();

  std::cout << answer(*runs, options) << std::flush;
  if (!options.csv.empty()) {
    if (auto done = write(options.csv, sim::to_csv(runs->front())); !done) return done.error();
  }
  if (auto done = write(options.json, sim::to_json(*runs)); !done) return done.error();
  if (auto done = write(options.html, sim::to_html(*runs)); !done) return done.error();
  if (auto done = write(options.markdown, sim::to_validation_markdown(*runs)); !done) return done.error();
  return ExitCode::ok;
}

}  // namespace lmi::cli
