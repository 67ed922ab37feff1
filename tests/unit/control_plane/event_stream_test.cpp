#include "control_plane/event_stream.hpp"

#include "support/event_stream_reader.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

TEST(EventStream, APayloadChunkIsThisFrame) {
  // Made by an encoder of its own, in Python, whose frames boto3 and the JS SDK decode.
  const std::string wanted = frames::from_hex(
      "0000006c0000005ab25efdcf0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479706507000c50"
      "61796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265"
      "616d6869314138e4");
  const std::string frame = event_stream::payload_chunk("hi");
  const auto read = frames::read_frames(frame);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].headers.at(":message-type"), "event");
  EXPECT_EQ(read[0].headers.at(":event-type"), "PayloadChunk");
  EXPECT_EQ(read[0].headers.at(":content-type"), "application/octet-stream");
  EXPECT_EQ(read[0].payload, "hi");
  EXPECT_EQ(frame.size(), wanted.size());
  EXPECT_EQ(frame, wanted);
}

TEST(EventStream, BytesOfAnyKindAndNoneAreKept) {
  const std::string all = [] {
    std::string bytes;
    for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<char>(value));
    return bytes;
  }();
  const auto read = frames::read_frames(event_stream::payload_chunk(all) + event_stream::payload_chunk(""));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].payload, all);
  EXPECT_EQ(read[1].payload, "");
}

TEST(EventStream, SuccessIsAnEmptyObject) {
  const auto read = frames::read_frames(event_stream::invoke_complete({}));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].headers.at(":event-type"), "InvokeComplete");
  EXPECT_EQ(read[0].headers.at(":content-type"), "application/json");
  EXPECT_EQ(read[0].payload, "{}");
}

TEST(EventStream, AFailureNamesItselfAndTheLogComesAlong) {
  const auto read =
      frames::read_frames(event_stream::invoke_complete({"Unhandled", R"({"errorMessage":"no"})", "bG9n"}));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(json::parse(read[0].payload), (json{{"ErrorCode", "Unhandled"},
                                                {"ErrorDetails", R"({"errorMessage":"no"})"},
                                                {"LogResult", "bG9n"}}));
}

TEST(EventStream, DetailsThatAreBrokenTextStillMakeJson) {
  const auto read = frames::read_frames(event_stream::invoke_complete({"Unhandled", "\xff\xfe", ""}));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_TRUE(json::accept(read[0].payload));
}

}  // namespace
}  // namespace lmi::emulator::control_plane
