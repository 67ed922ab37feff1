#include "extension/telemetry_batch.hpp"

#include <gtest/gtest.h>

#include <lmi/telemetry_json.hpp>
#include <string>

namespace lmi::extension {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;

TEST(TelemetryBatch, AnEventIsTimeTypeAndRecord) {
  const auto batch = read_batch(
      R"([ {"time":"2026-11-21T23:31:04.802Z", "type":"platform.start" , "record": {"requestId":"r-1","version":"7"} },)"
      "\n"
      R"({"time":"2026-11-21T23:31:04Z","type":"function","record":"hello \"you\" ]"}])");
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 2U);
  EXPECT_EQ(batch->malformed_events, 0U);

  const auto& start = batch->events[0];
  EXPECT_EQ(start.type, "platform.start");
  EXPECT_EQ(start.record, R"({"requestId":"r-1","version":"7"})");
  EXPECT_EQ(start.request_id, "r-1");
  EXPECT_EQ(start.time, sys_days{2026y / 11 / 21} + 23h + 31min + 4s + 802ms);

  const auto& line = batch->events[1];
  EXPECT_EQ(telemetry_record(line), "hello \"you\" ]");
  EXPECT_EQ(line.request_id, "");
  EXPECT_EQ(line.time, sys_days{2026y / 11 / 21} + 23h + 31min + 4s);
}

TEST(TelemetryBatch, OrderOfMembersAndOthersBetweenThemDoNotMatter) {
  const auto batch = read_batch(
      R"([{"record":{"a":[1,{"requestId":"inner"}],"requestId":"outer"},"x":{"type":"no"},"type":"t","y":[],"time":"?"}])");
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 1U);
  EXPECT_EQ(batch->events[0].type, "t");
  EXPECT_EQ(batch->events[0].request_id, "outer");
  EXPECT_EQ(batch->events[0].time, std::chrono::system_clock::time_point{});
}

TEST(TelemetryBatch, EscapesInTypeAndIdAreUndone) {
  const auto batch = read_batch(R"([{"type":"a\u0062c","record":{"requestId":"\"q\""}}])");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events.at(0).type, "abc");
  EXPECT_EQ(batch->events.at(0).request_id, "\"q\"");
}

TEST(TelemetryBatch, WhatIsNoArrayIsNoBatch) {
  for (const char* body : {"", " ", "{}", "null", "[", "[{]", "[1,]", "[{\"a\":}]", "\"[]\"", "[] []"})
    EXPECT_FALSE(read_batch(body)) << body;
}

TEST(TelemetryBatch, AnEmptyArrayIsAnEmptyBatch) {
  const auto batch = read_batch(" [ ] ");
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->events.empty());
}

TEST(TelemetryBatch, EventsWithoutTypeOrRecordAreCountedAndTheOthersKept) {
  const auto batch = read_batch(
      R"([1,null,"text",[],{},{"type":"t"},{"record":{}},{"type":7,"record":{}},{"type":"good","record":true}])");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->malformed_events, 8U);
  ASSERT_EQ(batch->events.size(), 1U);
  EXPECT_EQ(batch->events[0].record, "true");
}

TEST(TelemetryBatch, ALogLineOfAnyDepthIsTakenAsItIs) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const auto batch = read_batch(R"([{"type":"function","record":)" + deep + "}]");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events.at(0).record, deep);
}

TEST(TelemetryDropped, IsReadFromItsEventOnly) {
  const auto dropped =
      read_dropped({.time = {},
                    .type = "platform.logsDropped",
                    .record = R"({"droppedBytes":12345,"droppedRecords":123,"reason":"too slow"})",
                    .request_id = {}});
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->bytes, 12345U);
  EXPECT_EQ(dropped->records, 123U);
  EXPECT_EQ(dropped->reason, "too slow");
  EXPECT_FALSE(read_dropped({.time = {}, .type = "function", .record = "{}", .request_id = {}}));
}

}  // namespace
}  // namespace lmi::extension
