#include "simulate/report.hpp"

#include "simulate/cost.hpp"
#include "simulate/metrics.hpp"
#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace lmi::sizing::simulate {
namespace {

FinishedRun small_run(ModeChoice mode = ModeChoice::exact) {
  Scenario scenario = fixed_fleet(3, 16);
  scenario.function.scaling.max_environments.reset();
  scenario.service.cpu_ms = Distribution::lognormal(10, 1);
  scenario.service.wait_ms = Distribution::exponential(100);
  scenario.arrivals = poisson(100, scenario.duration);
  scenario.arrivals.bursts.push_back({std::chrono::seconds{30}, 100});
  Outcome outcome = run(scenario, mode);
  return {"a <run>", std::move(scenario), std::move(outcome)};
}

TEST(Report, TheSameScenarioGivesTheSameBytes) {
  for (const ModeChoice mode : {ModeChoice::exact, ModeChoice::fluid}) {
    const std::vector<FinishedRun> first{small_run(mode)};
    const std::vector<FinishedRun> second{small_run(mode)};
    EXPECT_EQ(to_json(first), to_json(second));
    EXPECT_EQ(to_html(first), to_html(second));
  }
}

TEST(Report, TheSeriesAddsUpToTheTotals) {
  const FinishedRun run = small_run();
  Calls sums;
  for (const auto& row : run.outcome.series) {
    sums.arrived += row.arrived;
    for (std::size_t i = 0; i < 4; ++i) sums.throttles[i] += row.throttles[i];
  }
  EXPECT_EQ(sums.arrived, run.outcome.calls.arrived);
  EXPECT_EQ(sums.throttles, run.outcome.calls.throttles);
  EXPECT_EQ(run.outcome.series.size(), 120U);  // a minute in steps of half a second
  const std::string csv = to_csv(run);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 121);
}

TEST(Report, JsonHoldsTheMetricsAndTheSeries) {
  const std::vector<FinishedRun> runs{small_run()};
  const auto json = nlohmann::json::parse(to_json(runs));
  const auto& run = json.at("runs").at(0);
  EXPECT_EQ(run.at("mode"), "exact");
  EXPECT_EQ(run.at("metrics").at("arrived"), runs[0].outcome.calls.arrived);
  EXPECT_EQ(run.at("series").size(), 120U);
}

TEST(Report, ThePageNeedsNothingElseAndIsEscaped) {
  const std::vector<FinishedRun> runs{small_run(), small_run()};
  const std::string page = to_html(runs);
  for (const char* foreign : {"http://", "https://", "<script", "src=", "url("}) {
    EXPECT_EQ(page.find(foreign), std::string::npos) << foreign;
  }
  EXPECT_NE(page.find("a &lt;run&gt;"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(Report, ValidationPutsPredictedBesidePublished) {
  FinishedRun run = small_run();
  run.scenario.published = {{"arrived", 2 * static_cast<double>(run.outcome.calls.arrived), "half"},
                            {"speed", 1, ""}};
  const std::vector<FinishedRun> runs{run};
  const std::string text = to_validation_text(runs);
  EXPECT_NE(text.find("-50 %"), std::string::npos) << text;
  EXPECT_NE(to_validation_markdown(runs).find("| speed | 1 | no such metric |"), std::string::npos);
}

TEST(Metric, APartOfTheRunIsAskedForByItsSeconds) {
  const FinishedRun run = small_run();
  const auto value = [&](const char* name) { return metric(run.scenario, run.outcome, name); };
  EXPECT_EQ(value("environments@10"), 3);
  EXPECT_EQ(value("arrived@0-60"), static_cast<double>(run.outcome.calls.arrived));
  EXPECT_GT(value("arrived@30").value(), 100);
  EXPECT_FALSE(value("arrived@600"));
  EXPECT_FALSE(value("speed@3"));
  EXPECT_FALSE(value("speed"));
}

TEST(Cost, IsHoursTimesPriceWithTheFeeAndTheRequests) {
  // The example of AWS's price page (lmi-behaviour.md §7.2): 100 million calls, 2,000 hours of m7g.xlarge at
  // 0.1632, 72 % discount: 20.00 + 91.40 + 48.96 = 160.36 dollars.
  Outcome outcome;
  outcome.duration = std::chrono::hours{730};
  outcome.calls.succeeded = 100'000'000;
  outcome.instance_types["m7g.xlarge"] = {3, 2000, 0.1632, true};
  const Cost cost = cost_of(outcome, {.instance_discount_percent = 72});
  EXPECT_NEAR(cost.requests_usd, 20, 1e-9);
  EXPECT_NEAR(cost.instances_usd, 91.392, 1e-9);
  EXPECT_NEAR(cost.fee_usd, 48.96, 1e-9);
  EXPECT_NEAR(cost.usd_per_month, cost.usd(), 1e-9);
}

}  // namespace
}  // namespace lmi::sizing::simulate
