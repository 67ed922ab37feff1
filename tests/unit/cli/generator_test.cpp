#include "load/generator.hpp"

#include "unit/cli/test_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lmi::cli::load {
namespace {

using test::http_response;
using test::Received;
using test::Reply;
using test::TestServer;
using Kind = FailureClass::Kind;
using namespace std::chrono_literals;

Plan plan_for(const TestServer& server) {
  Plan plan;
  plan.host = "127.0.0.1";
  plan.port = server.port();
  plan.payloads = {"{}"};
  plan.timeout = 30s;
  return plan;
}

/// With the head that fits its payloads.
Outcome run_plan(Plan plan, const Watchers& watchers = {}) {
  plan.make_head = [&plan](std::size_t i) {
    return "POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(plan.payloads[i].size()) +
           "\r\n\r\n";
  };
  return run(plan, watchers);
}

Reply ok(const Received& request) {
  return {.bytes = http_response(200, request.body)};
}

TEST(LoadGenerator, SendsExactlyAsManyRequestsAsAsked) {
  std::atomic<unsigned> received{0};
  TestServer server{[&](const Received& request) {
    ++received;
    return ok(request);
  }};
  auto plan = plan_for(server);
  plan.concurrency = 8;
  plan.requests = 500;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(received, 500U);
  EXPECT_EQ(outcome.succeeded, 500U);
  EXPECT_EQ(outcome.failed(), 0U);
  EXPECT_EQ(outcome.latency.total_count(), 500);
  EXPECT_EQ(outcome.peak_in_flight, 8U);
  EXPECT_EQ(server.connections(), 8U);
}

TEST(LoadGenerator, FixedConcurrencyKeepsThatManyInFlight) {
  // The server answers only once all four are there at the same moment: it would hang with fewer.
  std::mutex mutex;
  std::condition_variable all_there;
  unsigned waiting = 0;
  unsigned rounds = 0;
  TestServer server{[&](const Received& request) {
    std::unique_lock lock{mutex};
    const unsigned mine = rounds;
    if (++waiting == 4) {
      waiting = 0;
      ++rounds;
      all_there.notify_all();
    } else {
      all_there.wait(lock, [&] { return rounds != mine; });
    }
    return ok(request);
  }};
  auto plan = plan_for(server);
  plan.concurrency = 4;
  plan.requests = 40;

  EXPECT_EQ(run_plan(plan).succeeded, 40U);
  EXPECT_EQ(rounds, 10U);
}

TEST(LoadGenerator, SendsPayloadsInTurnAndPairsThemWithTheirAnswers) {
  TestServer server{ok};
  auto plan = plan_for(server);
  plan.payloads = {"\"a\"", "\"b\"", '"' + std::string(3'000'000, 'c') + '"'};
  plan.concurrency = 2;
  plan.requests = 9;
  std::set<std::uint64_t> requests;
  std::vector<unsigned> per_payload(3);
  Watchers watchers;
  watchers.on_answer = [&](std::uint64_t request, std::size_t payload, const Answer& answer) {
    requests.insert(request);
    ++per_payload[payload];
    EXPECT_EQ(answer.body, plan.payloads[payload]);
  };

  EXPECT_EQ(run_plan(plan, watchers).succeeded, 9U);
  EXPECT_EQ(requests.size(), 9U);
  EXPECT_THAT(per_payload, testing::Each(3U));
}

TEST(LoadGenerator, CountsFailuresByClass) {
  std::atomic<unsigned> count{0};
  TestServer server{[&](const Received& request) -> Reply {
    switch (count++ % 4) {
      case 0: return {.bytes = http_response(429, R"({"Reason":"R"})")};
      case 1:
        return {.bytes = http_response(200, R"({"errorType":"Function.Boo"})",
                                       "X-Amz-Function-Error: Unhandled\r\n")};
      case 2: return {.bytes = http_response(500, "", "x-amzn-ErrorType: ServiceException\r\n")};
      default: return ok(request);
    }
  }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 40;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.succeeded, 10U);
  EXPECT_THAT(outcome.failures,
              testing::UnorderedElementsAre(
                  testing::Pair(FailureClass{Kind::throttled, "R"}, 10U),
                  testing::Pair(FailureClass{Kind::function, "Function.Boo"}, 10U),
                  testing::Pair(FailureClass{Kind::rejected, "500 ServiceException"}, 10U)));
  EXPECT_EQ(outcome.latency.total_count(), 10);
}

TEST(LoadGenerator, ADroppedConnectionFailsOneRequestAndTheRestGoesOn) {
  std::atomic<unsigned> count{0};
  TestServer server{[&](const Received& request) -> Reply {
    if (count++ == 3) return {.bytes = "", .then_close = true};
    return ok(request);
  }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 10;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.succeeded, 9U);
  EXPECT_EQ(outcome.failures.at({Kind::connection, "read: closed by the peer"}), 1U);
  EXPECT_EQ(server.connections(), 2U);
}

TEST(LoadGenerator, AnAnswerThatEndsWithItsConnectionIsWhole) {
  TestServer server{[](const Received&) -> Reply {
    return {.bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it", .then_close = true};
  }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 3;
  std::string body;
  Watchers watchers;
  watchers.on_answer = [&](std::uint64_t, std::size_t, const Answer& answer) { body = answer.body; };

  EXPECT_EQ(run_plan(plan, watchers).succeeded, 3U);
  EXPECT_EQ(body, "all of it");
  EXPECT_EQ(server.connections(), 3U);
}

TEST(LoadGenerator, ReadsChunkedAnswers) {
  TestServer server{[](const Received&) -> Reply {
    return {.bytes =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"};
  }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 2;
  std::string body;
  Watchers watchers;
  watchers.on_answer = [&](std::uint64_t, std::size_t, const Answer& answer) { body = answer.body; };

  EXPECT_EQ(run_plan(plan, watchers).succeeded, 2U);
  EXPECT_EQ(body, "abcdefg");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(LoadGenerator, AnAnswerThatIsNotHttpIsItsOwnClass) {
  TestServer server{[](const Received&) -> Reply { return {.bytes = "hello\r\n\r\n"}; }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 1;

  const auto outcome = run_plan(plan);

  ASSERT_EQ(outcome.failures.size(), 1U);
  EXPECT_EQ(outcome.failures.begin()->first.kind, Kind::protocol);
}

TEST(LoadGenerator, SilenceIsATimeout) {
  TestServer server{[](const Received&) -> Reply { return {.bytes = "", .then_silence = true}; }};
  auto plan = plan_for(server);
  plan.concurrency = 3;
  plan.requests = 3;
  plan.timeout = 100ms;

  EXPECT_EQ(run_plan(plan).failures.at({Kind::timeout, ""}), 3U);
}

TEST(LoadGenerator, NobodyListeningIsAConnectionFailureForEachRequest) {
  Plan plan;
  {
    const TestServer gone{ok};
    plan = plan_for(gone);
  }
  plan.concurrency = 2;
  plan.requests = 6;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.failed(), 6U);
  EXPECT_EQ(outcome.failures.begin()->first.kind, Kind::connection);
}

TEST(LoadGenerator, AConstantRateSendsThatManyInThatTime) {
  TestServer server{ok};
  auto plan = plan_for(server);
  plan.rate = 200;
  plan.duration = 500ms;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.succeeded + outcome.unsent, 100U);
  EXPECT_EQ(outcome.corrected.total_count(), outcome.latency.total_count());
}

TEST(LoadGenerator, AConstantRateCountsTheWaitThatASlowAnswerCauses) {
  // One connection, 100 requests a second, and the first answer comes only with the first report of progress,
  // after 250 ms: by then all twenty were meant to have left.
  std::promise<void> stall_over;
  const auto released = stall_over.get_future().share();
  TestServer server{[&](const Received& request) {
    released.wait();
    return ok(request);
  }};
  Watchers watchers;
  watchers.on_progress = [&, first = true](const Progress&) mutable {
    if (std::exchange(first, false)) stall_over.set_value();
  };
  auto plan = plan_for(server);
  plan.rate = 100;
  plan.requests = 20;
  plan.max_connections = 1;

  const auto outcome = run_plan(plan, watchers);

  EXPECT_EQ(outcome.succeeded, 20U);
  // The second request was meant to leave 10 ms after the first: by its own clock it was quick, by the
  // caller's not.
  EXPECT_GE(outcome.corrected.value_at_percentile(50), 50'000);
  EXPECT_LT(outcome.latency.value_at_percentile(50), outcome.corrected.value_at_percentile(50));
}

TEST(LoadGenerator, WhatFoundNoConnectionInTimeIsReportedAsNotSent) {
  TestServer server{[](const Received&) -> Reply { return {.bytes = "", .then_silence = true}; }};
  auto plan = plan_for(server);
  plan.rate = 100;
  plan.duration = 300ms;
  plan.max_connections = 1;
  plan.timeout = 400ms;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.failures.at({Kind::timeout, ""}), 1U);
  EXPECT_EQ(outcome.unsent, 29U);
}

TEST(LoadGenerator, WarmUpIsSentButNotCounted) {
  std::atomic<unsigned> received{0};
  TestServer server{[&](const Received& request) {
    ++received;
    return ok(request);
  }};
  auto plan = plan_for(server);
  plan.concurrency = 2;
  plan.warmup = 100ms;
  plan.requests = 10;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.succeeded, 10U);
  EXPECT_GT(received, 10U);
}

TEST(LoadGenerator, AnInterruptLetsWhatIsInFlightEnd) {
  std::atomic<unsigned> received{0};
  TestServer server{[&](const Received& request) {
    if (++received == 10) std::raise(SIGINT);
    return ok(request);
  }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 100'000;

  const auto outcome = run_plan(plan);

  EXPECT_TRUE(outcome.interrupted);
  EXPECT_GE(outcome.succeeded, 10U);
  EXPECT_LT(outcome.succeeded, 100'000U);
  EXPECT_EQ(outcome.unanswered, 0U);
}

TEST(LoadGenerator, ASecondInterruptGivesUpWhatIsInFlight) {
  std::promise<void> over;
  const auto released = over.get_future().share();
  TestServer server{[&](const Received& request) {
    std::raise(SIGINT);
    released.wait();
    return ok(request);
  }};
  auto plan = plan_for(server);
  plan.concurrency = 1;
  plan.requests = 5;
  Watchers watchers;
  watchers.on_progress = [](const Progress& progress) {
    if (progress.interrupted) std::raise(SIGINT);
  };

  const auto outcome = run_plan(plan, watchers);
  over.set_value();

  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.succeeded, 0U);
  EXPECT_EQ(outcome.unanswered, 1U);
}

TEST(LoadGenerator, AQuietEndBelongsToTheMeasurement) {
  TestServer server{ok};
  auto plan = plan_for(server);
  plan.rate = 1;
  plan.duration = 300ms;

  const auto outcome = run_plan(plan);

  EXPECT_EQ(outcome.succeeded, 1U);
  EXPECT_GE(outcome.elapsed, 300ms);
}

TEST(LoadGenerator, TellsHowFarItIs) {
  TestServer server{ok};
  auto plan = plan_for(server);
  plan.rate = 100;
  plan.duration = 800ms;
  std::vector<double> fractions;
  Watchers watchers;
  watchers.on_progress = [&](const Progress& progress) { fractions.push_back(progress.fraction); };

  run_plan(plan, watchers);

  ASSERT_FALSE(fractions.empty());
  EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
  EXPECT_LE(fractions.back(), 1.0);
}

}  // namespace
}  // namespace lmi::cli::load
