#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <lmi/middleware.hpp>
#include <lmi/testing.hpp>
#include <lmi/testing_async.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace lmi::testing {
namespace {

const std::vector<std::string> four_events{"1", "2", "3", "4"};
const OverlapOptions four_ways{.ways = 4, .rounds = 4, .patience = std::chrono::minutes{1}};

/// What a handler with a member for the current request does: no data race, and wrong all the same.
struct Forgetful {
  std::atomic<int> current{0};

  std::string handle(const std::string& event) {
    current = std::stoi(event);
    overlap_point();
    return "answer for " + std::to_string(current);
  }
};

TEST(OverlapProver, PassesAHandlerThatKeepsToItself) {
  const auto report = prove_overlap(
      [](const std::string& event) {
        const int own = std::stoi(event);
        overlap_point();
        return "answer for " + std::to_string(own);
      },
      four_events, four_ways);
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_EQ(report.invocations, 16U);
  EXPECT_EQ(report.meetings, 2U);  // every other round
  EXPECT_EQ(report.missed, 0U);
}

TEST(OverlapProver, CatchesAMixUpInEveryRoundItHolds) {
  Forgetful shared;
  const auto report =
      prove_overlap([&](const std::string& event) { return shared.handle(event); }, four_events, four_ways);
  // All four write before any reads: three of four get another's answer, in both rounds with points.
  EXPECT_FALSE(report.passed());
  EXPECT_GE(report.differences.size(), 6U);
  const auto& first = report.differences.front();
  EXPECT_EQ(first.alone.data, "answer for " + four_events[first.event]);
  EXPECT_NE(first.together.data, first.alone.data);
  EXPECT_NE(report.text().find("together: answer for"), std::string::npos);
}

TEST(OverlapProver, CatchesAMixUpInACoroutine) {
  Forgetful shared;
  const auto report =
      prove_overlap([&](std::string event) -> Task<std::string> { co_return shared.handle(event); },
                    four_events, four_ways);
  EXPECT_GE(report.differences.size(), 6U) << report;
}

TEST(OverlapProver, PassesACoroutineThatSuspends) {
  const auto report = prove_overlap(
      [](std::string event, Context context) -> Task<std::string> {
        for (int i = 0; i < 3; ++i) {
          co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
          overlap_point();
        }
        co_return event + " as " + std::string{context.request_id()};
      },
      four_events, four_ways);
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_GE(report.meetings, 2U);
}

TEST(OverlapProver, AnErrorIsAnAnswerToo) {
  std::atomic<int> inside{0};
  const auto report = prove_overlap(
      [&](const std::string& event) {
        const bool alone = ++inside == 1;
        overlap_point();
        --inside;
        if (!alone) throw std::runtime_error{"only one at a time"};
        return event;
      },
      four_events, four_ways);
  ASSERT_FALSE(report.passed());
  EXPECT_EQ(report.differences.front().together.error.value().message, "only one at a time");
  EXPECT_NE(report.text().find("error std::runtime_error: only one at a time"), std::string::npos);
}

TEST(OverlapProver, AHandlerThatHoldsALockAtAPointIsNotHeldForEver) {
  std::mutex mutex;
  const auto report = prove_overlap(
      [&](const std::string& event) {
        const std::lock_guard lock{mutex};
        overlap_point();
        return event;
      },
      four_events, {.ways = 2, .rounds = 2, .patience = std::chrono::milliseconds{1}});
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_GE(report.missed, 1U);
}

TEST(OverlapProver, OneThatTakesAnotherPathIsNotWaitedForOnceItHasLeft) {
  const auto report = prove_overlap(
      [](const std::string& event) {
        if (event != "1") overlap_point();
        return event;
      },
      four_events, {.ways = 4, .rounds = 2, .patience = std::chrono::hours{1}});
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_EQ(report.meetings, 1U);
}

TEST(OverlapProver, SaysWhichEventsHaveNoStableAnswer) {
  std::atomic<int> calls{0};
  const auto counting = [&](const std::string& event) {
    return event == "2" ? std::to_string(++calls) : event;
  };
  const auto report = prove_overlap(counting, four_events, four_ways);
  EXPECT_EQ(report.unstable, std::vector<std::size_t>{1});
  EXPECT_FALSE(report.passed());

  auto options = four_ways;
  options.same = [](const Answer&, const Answer&) { return true; };
  EXPECT_TRUE(prove_overlap(counting, four_events, options).passed());
}

TEST(OverlapProver, EveryEventIsRunWithOthersHoweverManyThereAre) {
  std::vector<std::string> events;
  for (int i = 0; i < 10; ++i) events.push_back(std::to_string(i));
  std::array<std::atomic<int>, 10> runs{};
  const auto report = prove_overlap(
      [&](const std::string& event) {
        ++runs.at(std::stoul(event));
        return event;
      },
      events, {.ways = 4, .rounds = 1});
  EXPECT_TRUE(report.passed());
  for (const auto& each : runs) EXPECT_GE(each.load(), 4);  // twice alone, with points, without
}

TEST(OverlapProver, MiddlewareIsAroundTheHandler) {
  struct Tag final : Middleware {
    Decision before(const RawEvent& event, Context& /*context*/) override {
      if (event.data == "1") return Payload{.data = "answered early"};
      return go_on;
    }
  } tag;
  auto options = four_ways;
  options.middleware = {&tag};
  const auto report = prove_overlap(
      [](const std::string& event) {
        EXPECT_NE(event, "1");
        return event;
      },
      four_events, options);
  EXPECT_TRUE(report.passed()) << report;
}

TEST(OverlapProver, RefusesWhatProvesNothing) {
  const auto handler = [](const std::string& event) { return event; };
  EXPECT_THROW(static_cast<void>(prove_overlap(handler, {})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(prove_overlap(handler, four_events, {.ways = 1})), std::invalid_argument);
}

TEST(OverlapPoint, DoesNothingWithoutAProver) {
  overlap_point();
  EXPECT_EQ(detail::overlap_hook.load(), nullptr);
}

}  // namespace
}  // namespace lmi::testing
