// One subscriber of telemetry: batches, second attempts, what is dropped.
#include "environment/telemetry_feed.hpp"

#include "support/environment_virtual.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class Feed : public testing::Test {
 protected:
  void make(emulator::environment::TelemetryLimits limits = {}) {
    emulator::environment::TelemetrySubscription wanted;
    wanted.max_items = 3;
    wanted.max_bytes = 100;
    wanted.timeout = 50ms;
    wanted.destination = emulator::environment::TelemetryHttp{};
    feed.emplace(loop, std::make_unique<FakeOutlet>(sent, emulator::http::PostTarget{}), wanted, limits);
  }
  void taken(std::size_t nth, bool yes = true) {
    const auto done = sent.at(nth - 1).done;
    done(yes);
  }

  emulator::ManualLoop loop;
  std::vector<FakeOutlet::Sent> sent;
  std::optional<emulator::environment::TelemetryFeed> feed;
};

TEST_F(Feed, WaitsForCompanyUntilItsTime) {
  make();
  feed->add("1");
  loop.advance(49ms);
  feed->add("2");
  EXPECT_TRUE(sent.empty());
  loop.advance(1ms);

  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].bytes, "[1,2]");
}

TEST_F(Feed, ABatchIsFullByNumberOrByBytes) {
  make();
  for (const char* event : {"1", "2", "3"}) feed->add(event);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].bytes, "[1,2,3]");
  taken(1);
  feed->add(std::string(60, '7'));
  EXPECT_EQ(sent.size(), 1U);
  feed->add(std::string(60, '8'));
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].bytes, "[" + std::string(60, '7') + "]");
}

TEST_F(Feed, OneBatchAtATimeInOrder) {
  make();
  for (const char* event : {"1", "2", "3", "4", "5", "6"}) feed->add(event);
  EXPECT_EQ(sent.size(), 1U);
  taken(1);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].bytes, "[4,5,6]");
}

TEST_F(Feed, WhatWasNotTakenIsTriedAgainLaterAndLater) {
  make();
  feed->add("1");
  loop.advance(50ms);
  taken(1, false);
  loop.advance(99ms);
  EXPECT_EQ(sent.size(), 1U);
  loop.advance(1ms);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].bytes, "[1]");
  taken(2, false);
  loop.advance(199ms);
  EXPECT_EQ(sent.size(), 2U);
  loop.advance(1ms);
  EXPECT_EQ(sent.size(), 3U);
}

TEST_F(Feed, WhatIsNeverTakenIsDroppedAndTheNextBatchSaysSo) {
  make({.attempts = 2});
  feed->add("1");
  feed->add("22");
  loop.advance(50ms);
  taken(1, false);
  loop.advance(100ms);
  taken(2, false);
  loop.advance(10s);
  EXPECT_EQ(sent.size(), 2U);
  feed->add("3");
  loop.advance(50ms);

  ASSERT_EQ(sent.size(), 3U);
  const auto events = json::parse(sent[2].bytes);
  EXPECT_EQ(events[0].at("type"), "platform.logsDropped");
  EXPECT_EQ(events[0].at("record").at("droppedRecords"), 2);
  EXPECT_EQ(events[0].at("record").at("droppedBytes"), 3);
  EXPECT_EQ(events[1], 3);
}

TEST_F(Feed, BeyondItsMemoryItDropsAndSaysSo) {
  make({.waiting_bytes = 5});
  for (const char* event : {"1", "2", "3"}) feed->add(event);  // under way: waits no more
  for (const char* event : {"4", "5", "6", "7", "8", "9", "0"}) feed->add(event);
  taken(1);

  ASSERT_EQ(sent.size(), 2U);
  const auto events = json::parse(sent[1].bytes);
  EXPECT_EQ(events[0].at("record").at("droppedRecords"), 2);
  EXPECT_EQ(events[0].at("record").at("droppedBytes"), 2);
  EXPECT_EQ(events[1], 4);
}

TEST_F(Feed, FlushedItWaitsForNothingAndTellsWhenItIsEmpty) {
  make();
  bool emptied = false;
  for (const char* event : {"1", "2", "3", "4"}) feed->add(event);
  feed->flush([&] { emptied = true; });
  taken(1);
  EXPECT_FALSE(emptied);
  ASSERT_EQ(sent.size(), 2U);
  taken(2);
  EXPECT_TRUE(emptied);
}

TEST_F(Feed, FlushedWithNothingLeftItTellsAtOnce) {
  make();
  bool emptied = false;
  feed->flush([&] { emptied = true; });
  EXPECT_TRUE(emptied);
}

}  // namespace
}  // namespace lmi::test
