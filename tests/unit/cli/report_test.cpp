#include "load/report.hpp"

#include "terminal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lmi::cli::load {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Outcome example() {
  Outcome outcome;
  for (std::int64_t i = 1; i <= 100; ++i) {
    outcome.latency.record(i * 1000);
    outcome.corrected.record(i * 2000);
  }
  outcome.succeeded = 100;
  outcome.failures[{FailureClass::Kind::throttled, "R"}] = 3;
  outcome.failures[{FailureClass::Kind::timeout, ""}] = 2;
  outcome.elapsed = 2s;
  outcome.peak_in_flight = 7;
  return outcome;
}

TEST(LoadReport, TextHasTheTableAndTheFailures) {
  const auto text = to_text(RunDescription{"f", "50/s", true}, example());
  EXPECT_THAT(text, HasSubstr("f, 50/s, 2.00 s"));
  EXPECT_THAT(text, HasSubstr("invocations  105"));
  EXPECT_THAT(text, HasSubstr("succeeded    100  (50.0/s)"));
  EXPECT_THAT(text, HasSubstr("throttled: R  3"));
  EXPECT_THAT(text, HasSubstr("timeout  2"));
  EXPECT_THAT(text, HasSubstr("p99.9"));
  EXPECT_THAT(text, HasSubstr("50.02"));  // p50 of the raw latency, to the bucket's end
}

TEST(LoadReport, JsonHasTheSame) {
  const auto json = nlohmann::json::parse(to_json(RunDescription{"f", "50/s", true}, example()));
  EXPECT_EQ(json["perSecond"], 50.0);
  EXPECT_EQ(json["failed"], 5);
  EXPECT_NEAR(json["latencyMs"]["p99"].get<double>(), 99.0, 0.1);
  EXPECT_NEAR(json["correctedLatencyMs"]["p99"].get<double>(), 198.0, 0.2);
  EXPECT_EQ(json["failures"].size(), 2U);
}

TEST(LoadReport, ARunWithoutAnyAnswerHasNoTable) {
  const auto text = to_text(RunDescription{"f", "1 at a time", false}, Outcome{});
  EXPECT_THAT(text, HasSubstr("succeeded    0"));
  EXPECT_THAT(text, testing::Not(HasSubstr("p99")));
}

TEST(LoadReport, ProgressHasABar) {
  Progress progress;
  progress.fraction = 0.5;
  progress.done = 12;
  EXPECT_THAT(to_text(progress), HasSubstr("[###############...............] 12 done"));
}

TEST(LoadReport, AnInterruptedRunSaysWhatItWaitsForAndWhatItGaveUp) {
  Progress progress;
  progress.interrupted = true;
  progress.in_flight = 3;
  EXPECT_THAT(to_text(progress), HasSubstr("waiting for 3 in flight"));
  Outcome outcome = example();
  outcome.interrupted = true;
  outcome.unanswered = 3;
  EXPECT_THAT(to_text(RunDescription{"f", "50/s", true}, outcome), HasSubstr("unanswered   3"));
  EXPECT_EQ(nlohmann::json::parse(to_json(RunDescription{"f", "50/s", true}, outcome))["unanswered"], 3);
}

TEST(ProgressBar, NeverLeavesItsCells) {
  EXPECT_EQ(progress_bar(0, 4), "[....]");
  EXPECT_EQ(progress_bar(1, 4), "[####]");
  EXPECT_EQ(progress_bar(7, 4), "[####]");
  EXPECT_EQ(progress_bar(-1, 4), "[....]");
}

}  // namespace
}  // namespace lmi::cli::load
