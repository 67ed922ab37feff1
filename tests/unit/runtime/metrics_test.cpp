#include "middleware/chain.hpp"
#include "support/bare_invocation.hpp"
#include "support/line_pipe.hpp"
#include "telemetry/emf.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <barrier>
#include <cmath>
#include <limits>
#include <lmi/metrics.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

namespace lmi {
namespace {

using nlohmann::json;

const EmfOptions plain{.name_space = "Shop", .dimensions = {{"service", "orders"}}, .cold_start = false};

/// The lines that one invocation with this handler writes.
std::vector<std::string> lines_of(EmfMetrics& metrics, const std::function<void(Metrics&)>& handler) {
  test::BareInvocation invocation;
  auto context = invocation.begin();
  detail::Outcome outcome;
  const middleware::Chain chain{{&metrics}};
  middleware::pass(chain, {}, context, outcome, [&] { handler(metrics.of(context)); });
  return invocation.log_lines();
}

json only_line(EmfOptions options, const std::function<void(Metrics&)>& handler) {
  EmfMetrics metrics{std::move(options)};
  const auto lines = lines_of(metrics, handler);
  EXPECT_EQ(lines.size(), 1U);
  return lines.empty() ? json{} : json::parse(lines.front());
}

/// Whether the document is one by the specification's own schema, in the parts that a type does not give.
void expect_valid(const json& document) {
  const auto& directive = document.at("_aws").at("CloudWatchMetrics").at(0);
  EXPECT_TRUE(document.at("_aws").at("Timestamp").is_number_unsigned());
  EXPECT_GT(document["_aws"]["Timestamp"], 1'700'000'000'000);
  EXPECT_FALSE(directive.at("Namespace").get<std::string>().empty());
  const auto& dimensions = directive.at("Dimensions").at(0);
  EXPECT_LE(dimensions.size(), 30U);
  for (const auto& name : dimensions) EXPECT_TRUE(document.at(name.get<std::string>()).is_string());
  const auto& metrics = directive.at("Metrics");
  EXPECT_GE(metrics.size(), 1U);
  EXPECT_LE(metrics.size(), 100U);
  for (const auto& metric : metrics) {
    const auto& value = document.at(metric.at("Name").get<std::string>());
    EXPECT_TRUE(value.is_number() || (value.is_array() && value.size() <= 100)) << value;
  }
}

TEST(Emf, OneLineHasEverything) {
  auto document = only_line(plain, [](Metrics& metrics) {
    metrics.add("Size", 12, Unit::bytes);
    metrics.add("Latency", 1.5, Unit::milliseconds, Resolution::second);
    metrics.add("Latency", 2.5, Unit::milliseconds, Resolution::second);
    metrics.set_dimension("tier", "gold");
    metrics.set_property("order", "A \"7\"");
    metrics.set_property("items", 3);
    metrics.set_property("share", 0.25);
    metrics.set_property("paid", true);
  });
  expect_valid(document);
  document["_aws"].erase("Timestamp");
  EXPECT_EQ(document, json::parse(R"({
    "_aws": {"CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions": [["service", "tier"]], "Metrics": [
      {"Name": "Size", "Unit": "Bytes"},
      {"Name": "Latency", "Unit": "Milliseconds", "StorageResolution": 1}]}]},
    "service": "orders", "tier": "gold",
    "requestId": "id-1", "order": "A \"7\"", "items": 3, "share": 0.25, "paid": true,
    "Size": 12, "Latency": [1.5, 2.5]})"));
}

TEST(Emf, EveryUnitHasCloudWatchsName) {
  EXPECT_EQ(telemetry::emf_unit(Unit::none), "None");
  EXPECT_EQ(telemetry::emf_unit(Unit::percent), "Percent");
  EXPECT_EQ(telemetry::emf_unit(Unit::bytes_per_second), "Bytes/Second");
  EXPECT_EQ(telemetry::emf_unit(Unit::count_per_second), "Count/Second");
}

TEST(Emf, NothingAddedNothingWritten) {
  EmfMetrics metrics{{.name_space = "Shop", .cold_start = false}};
  EXPECT_TRUE(lines_of(metrics, [](Metrics& mine) { mine.set_property("a", 1); }).empty());
}

TEST(Emf, ColdStartIsCountedOnceInAProcess) {
  EmfMetrics metrics{{.name_space = "Shop"}};
  const auto handler = [](Metrics& mine) { mine.add("Calls", 1, Unit::count); };
  EXPECT_EQ(json::parse(lines_of(metrics, handler).at(0)).at("ColdStart"), 1);
  EXPECT_FALSE(json::parse(lines_of(metrics, handler).at(0)).contains("ColdStart"));
}

TEST(Emf, DurationAndErrorsAreAddedWhenAskedAlsoForAFailedInvocation) {
  const auto document = only_line(
      {.name_space = "Shop", .cold_start = false, .duration = true, .errors = true}, [](Metrics& mine) {
        mine.add("Tries", 1, Unit::count);
        throw std::runtime_error{"no"};
      });
  expect_valid(document);
  EXPECT_EQ(document.at("Errors"), 1);
  EXPECT_EQ(document.at("Tries"), 1);
  EXPECT_GE(document.at("Duration"), 0);
}

TEST(Emf, MoreThan100MetricsOr100ValuesTakeMoreLines) {
  EmfMetrics metrics{plain};
  const auto lines = lines_of(metrics, [](Metrics& mine) {
    for (int i = 0; i < 150; ++i) mine.add("Metric" + std::to_string(i), i);
    for (int i = 1; i < 250; ++i) mine.add("Metric0", i);
  });
  std::map<std::string, std::size_t> values;
  for (const auto& line : lines) {
    const auto document = json::parse(line);
    expect_valid(document);
    EXPECT_EQ(document.at("service"), "orders");
    for (const auto& metric : document["_aws"]["CloudWatchMetrics"][0]["Metrics"]) {
      const auto& value = document[metric["Name"].get<std::string>()];
      values[metric["Name"]] += value.is_array() ? value.size() : 1;
    }
  }
  EXPECT_EQ(lines.size(), 4U);  // 100 metrics, 50, and twice the rest of Metric0
  EXPECT_EQ(values.size(), 150U);
  EXPECT_EQ(values["Metric0"], 250U);
  EXPECT_EQ(values["Metric149"], 1U);
}

TEST(Emf, NoLineIsAsLongAs64KiB) {
  EmfMetrics metrics{plain};
  const auto lines = lines_of(metrics, [](Metrics& mine) {
    mine.set_property("filler", std::string(30'000, 'x'));
    for (int i = 0; i < 60; ++i) mine.add(std::string(1000, 'm') + std::to_string(i), 1e-300);
  });
  EXPECT_GT(lines.size(), 1U);
  for (const auto& line : lines) {
    EXPECT_LT(line.size() + 1, 65'536U);
    expect_valid(json::parse(line));
  }
}

/// What add() and the others say of wrong use, or "" when they take it.
std::string complaint(const std::function<void(Metrics&)>& use) {
  EmfMetrics metrics{plain};
  std::string message;
  lines_of(metrics, [&](Metrics& mine) {
    try {
      use(mine);
    } catch (const std::invalid_argument& failure) {
      message = failure.what();
    }
  });
  return message;
}

TEST(Emf, WrongUseIsRefusedWithTheNameAndTheLimit) {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  const std::string long_name(1025, 'm');
  EXPECT_EQ(complaint([](Metrics& m) { m.add("", 1); }), "metric \"\" is empty");
  EXPECT_EQ(complaint([](Metrics& m) { m.add("a\n", 1); }),
            "metric \"a\n\" has a character that is not printable ASCII");
  EXPECT_NE(complaint([&](Metrics& m) { m.add(long_name, 1); }).find("longer than 1024"), std::string::npos);
  EXPECT_EQ(complaint([](Metrics& m) { m.add("a", std::nan("")); }),
            "metric \"a\" was given a value that is not a finite number");
  EXPECT_NE(complaint([](Metrics& m) { m.add("a", -infinity); }), "");
  EXPECT_EQ(complaint([](Metrics& m) { m.add("a", 0x1p361); }),
            "metric \"a\" was given a value beyond 2^360");
  EXPECT_EQ(complaint([](Metrics& m) { m.add("a", -0x1p360); }), "");
  EXPECT_EQ(complaint([](Metrics& m) {
              m.add("a", 1, Unit::count);
              m.add("a", 1, Unit::bytes);
            }),
            "metric \"a\" already has another unit");
  EXPECT_EQ(complaint([](Metrics& m) { m.add("service", 1); }),
            "metric \"service\" has the name of a dimension");
  EXPECT_EQ(complaint([](Metrics& m) { m.add("requestId", 1); }),
            "metric \"requestId\" has the name of a property");
  EXPECT_EQ(complaint([](Metrics& m) { m.set_dimension(":a", "b"); }),
            "dimension \":a\" begins with a colon");
  EXPECT_EQ(complaint([](Metrics& m) { m.set_dimension("a", " "); }), "dimension \"a\" has an empty value");
  EXPECT_EQ(complaint([](Metrics& m) { m.set_property("_aws", 1); }), "property \"_aws\" is reserved");
  EXPECT_EQ(complaint([](Metrics& m) {
              for (int i = 0; i < 30; ++i) m.set_dimension("d" + std::to_string(i), "v");
            }),
            "dimension \"d29\" is one more than the 30 allowed");
  EXPECT_NE(complaint([](Metrics& m) { m.set_property("a", std::string(40'000, 'x')); }).find("32 KiB"),
            std::string::npos);
  EXPECT_EQ(complaint([](Metrics& m) {
              for (int i = 0; i < 10; ++i) m.set_property("a", std::string(20'000, 'x'));
            }),
            "");
}

TEST(Emf, WrongOptionsAreRefusedAtTheStart) {
  EXPECT_THROW((EmfMetrics{{.name_space = ""}}), std::invalid_argument);
  EXPECT_THROW((EmfMetrics{{.name_space = "AWS/Lambda"}}), std::invalid_argument);
  EXPECT_THROW((EmfMetrics{{.name_space = "a\"b"}}), std::invalid_argument);
  EXPECT_THROW((EmfMetrics{{.name_space = std::string(256, 'n')}}), std::invalid_argument);
  EXPECT_THROW((EmfMetrics{{.name_space = "Shop", .dimensions = {{"a", "1"}, {"a", "2"}}}}),
               std::invalid_argument);
}

TEST(Emf, SixtyFourInvocationsAtOnceWriteOneLineEachWithTheirOwnValues) {
  constexpr int at_once = 64;
  constexpr int rounds = 8;
  EmfMetrics metrics{{.name_space = "Shop", .dimensions = {{"service", "orders"}}}};
  const middleware::Chain chain{{&metrics}};
  test::LinePipe pipe;
  const auto writer =
      std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::info, pipe.writer());
  const core::Settings settings;
  invoke::ScratchRoot scratch{"/nonexistent"};
  invoke::DeadlineWatch deadlines;
  invoke::Overruns overruns{{}, at_once, [] {}};
  std::barrier together{at_once};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < at_once; ++i)
      threads.emplace_back([&, i] {
        detail::Invocation invocation{{settings, writer, scratch, deadlines, overruns}};
        for (int round = 0; round < rounds; ++round) {
          wire::Reply event;
          event.request_id = std::to_string(i) + "-" + std::to_string(round);
          invocation.begin(event);
          auto context = invocation.context();
          detail::Outcome outcome;
          middleware::pass(chain, {}, context, outcome, [&] {
            metrics.of(context).add("Slot", i);
            together.arrive_and_wait();  // all 64 are inside, each with metrics of its own
            metrics.of(context).add("Round", round);
            metrics.of(context).set_property("filler",
                                             std::string(5'000, 'x'));  // beyond an atomic pipe write
          });
          EXPECT_FALSE(outcome.error);
          invocation.finish();
        }
      });
  }
  const auto lines = pipe.lines();
  std::map<std::string, int> by_id;
  int cold_starts = 0;
  for (const auto& line : lines) {
    const auto document = json::parse(line);
    expect_valid(document);
    const auto id = std::to_string(document.at("Slot").get<int>()) + "-" +
                    std::to_string(document.at("Round").get<int>());
    EXPECT_EQ(document.at("requestId"), id);
    ++by_id[id];
    cold_starts += document.contains("ColdStart") ? 1 : 0;
  }
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(at_once * rounds));
  EXPECT_EQ(by_id.size(), lines.size());
  EXPECT_EQ(cold_starts, 1);
}

}  // namespace
}  // namespace lmi
