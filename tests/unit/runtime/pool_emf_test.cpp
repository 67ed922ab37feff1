#include "middleware/chain.hpp"
#include "support/bare_invocation.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <lmi/pool_emf.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace lmi {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// The lines at the end of one invocation.
std::vector<json> documents(EmfPoolMetrics& metrics) {
  test::BareInvocation invocation;
  auto context = invocation.begin();
  detail::Outcome outcome;
  const middleware::Chain chain{{&metrics}};
  middleware::pass(chain, {}, context, outcome, [] {});
  std::vector<json> all;
  for (const auto& line : invocation.log_lines()) all.push_back(json::parse(line));
  return all;
}

PoolMetrics pool(std::string name) {
  PoolMetrics metrics;
  metrics.name = std::move(name);
  metrics.in_use = 3;
  metrics.idle = 2;
  metrics.connecting = 1;
  metrics.waiters = 4;
  metrics.acquired = 10;
  metrics.wait_total = 50ms;
  metrics.timed_out = 2;
  metrics.queue_full = 1;
  metrics.refused_unhealthy = 1;
  metrics.created = 6;
  metrics.connect_failures = 5;
  metrics.closed.poisoned = 2;
  metrics.closed.idle = 1;
  return metrics;
}

TEST(PoolEmf, OneLineAPoolWithItsGaugesAndCountsAsMetricsByPool) {
  EmfPoolMetrics metrics{{.name_space = "Shop", .dimensions = {{"service", "orders"}}, .interval = 0s}, [] {
                           return std::vector{pool("shop"), pool("cache")};
                         }};
  const auto lines = documents(metrics);
  ASSERT_EQ(lines.size(), 2U);
  const auto& line = lines[0];
  const auto& directive = line.at("_aws").at("CloudWatchMetrics").at(0);
  EXPECT_EQ(directive.at("Namespace"), "Shop");
  EXPECT_EQ(directive.at("Dimensions"), json::array({json::array({"service", "pool"})}));
  EXPECT_EQ(line.at("pool"), "shop");
  EXPECT_EQ(lines[1].at("pool"), "cache");
  const json expected{
      {"PoolInUse", 3},     {"PoolIdle", 2},   {"PoolConnecting", 1},      {"PoolWaiters", 4},
      {"PoolAcquired", 10}, {"PoolWait", 5},   {"PoolTimedOut", 2},        {"PoolRefused", 2},
      {"PoolCreated", 6},   {"PoolClosed", 3}, {"PoolConnectFailures", 5}, {"PoolClosedPoisoned", 2},
      {"PoolClosedIdle", 1}};
  json seen;
  for (const auto& metric : directive.at("Metrics")) {
    const auto name = metric.at("Name").get<std::string>();
    seen[name] = line.at(name);
    EXPECT_EQ(metric.at("Unit"), name == "PoolWait" ? "Milliseconds" : "Count");
  }
  EXPECT_EQ(seen, expected);
}

TEST(PoolEmf, CountsAreThoseSinceTheLastReport) {
  auto now = pool("shop");
  EmfPoolMetrics metrics{{.name_space = "Shop", .interval = 0s}, [&] { return std::vector{now}; }};
  ASSERT_EQ(documents(metrics).size(), 1U);
  now.timed_out += 7;
  now.closed.lifetime += 1;
  const auto lines = documents(metrics);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("PoolTimedOut"), 7);
  EXPECT_EQ(lines[0].at("PoolAcquired"), 0);
  EXPECT_EQ(lines[0].at("PoolClosed"), 1);
  EXPECT_EQ(lines[0].at("PoolClosedLifetime"), 1);
  EXPECT_FALSE(lines[0].contains("PoolClosedPoisoned"));
  EXPECT_FALSE(lines[0].contains("PoolWait"));  // nobody acquired
  EXPECT_EQ(lines[0].at("PoolInUse"), 3);
}

TEST(PoolEmf, NothingIsReadOrWrittenBeforeTheIntervalIsOver) {
  int asked = 0;
  EmfPoolMetrics metrics{{.name_space = "Shop", .interval = 1h}, [&] {
                           ++asked;
                           return std::vector{pool("shop")};
                         }};
  EXPECT_TRUE(documents(metrics).empty());
  EXPECT_EQ(asked, 0);
}

TEST(PoolEmf, APoolsNameThatCannotBeADimensionsValueIsWrittenAsNearAsPossible) {
  EmfPoolMetrics metrics{{.name_space = "Shop", .interval = 0s}, [] {
                           return std::vector{pool("caf\xc3\xa9"), pool("")};
                         }};
  const auto lines = documents(metrics);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("pool"), "caf??");
  EXPECT_EQ(lines[1].at("pool"), "unnamed");
}

TEST(PoolEmf, WhatCloudWatchWouldRefuseIsRefusedAtOnce) {
  const auto none = [] { return std::vector<PoolMetrics>{}; };
  const auto make = [&](EmfPoolOptions options) { EmfPoolMetrics{std::move(options), none}; };
  EXPECT_THROW(make({}), std::invalid_argument);
  EXPECT_THROW(make({.name_space = "AWS/Shop"}), std::invalid_argument);
  for (const auto* key : {"pool", "", ":a", "PoolIdle"})
    EXPECT_THROW(make({.name_space = "Shop", .dimensions = {{key, "x"}}}), std::invalid_argument) << key;
  EXPECT_THROW(make({.name_space = "Shop", .dimensions = {{"a", ""}}}), std::invalid_argument);
  EXPECT_THROW(make({.name_space = "Shop", .dimensions = {{"a", "1"}, {"a", "2"}}}), std::invalid_argument);
  EmfPoolOptions many{.name_space = "Shop"};
  for (int i = 0; i < 30; ++i) many.dimensions.emplace_back("d" + std::to_string(i), "x");
  EXPECT_THROW(make(many), std::invalid_argument);
  many.dimensions.pop_back();
  EXPECT_NO_THROW(make(many));
}

}  // namespace
}  // namespace lmi
