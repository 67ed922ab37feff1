#include "fixture.hpp"
#include "support/event_stream_reader.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* streaming_path = "/2021-11-15/functions/f/response-streaming-invocations";

class InvokeStreaming : public ControlPlaneTest {
 protected:
  using Pending = std::shared_ptr<std::optional<Answer>>;

  /// Sends a call that reaches the host, and takes it there.
  Pending call(http::Headers extra = {}) {
    create_published_function();
    auto answer = start("POST", streaming_path, R"({"n":1})", std::move(extra));
    loop_.run_until([this] { return !host_->calls.empty(); });
    invoked_ = std::move(host_->calls.front());
    host_->calls.pop_front();
    return answer;
  }
  static InvokeReply reply(InvokeReply::Kind kind, std::string body = {}, std::string error_type = {}) {
    InvokeReply made;
    made.kind = kind;
    made.error_type = std::move(error_type);
    made.body = std::move(body);
    return made;
  }
  /// The payloads of all PayloadChunk frames; the last frame must be the one InvokeComplete.
  static std::vector<std::string> chunks_of(const Answer& answer) {
    auto all = frames::read_frames(answer.text);
    EXPECT_FALSE(all.empty());
    EXPECT_EQ(all.back().headers.at(":event-type"), "InvokeComplete");
    all.pop_back();
    std::vector<std::string> chunks;
    for (const frames::Frame& frame : all) {
      EXPECT_EQ(frame.headers.at(":event-type"), "PayloadChunk");
      chunks.push_back(frame.payload);
    }
    return chunks;
  }
  static json completion_of(const Answer& answer) {
    return json::parse(frames::read_frames(answer.text).back().payload);
  }

  FakeHost::Invoked invoked_;
};

TEST_F(InvokeStreaming, Call31_PiecesLeaveAsFramesWhileTheFunctionRuns) {
  const Pending answer = call({{"X-Amzn-Trace-Id", "Root=1-x"}});
  EXPECT_EQ(invoked_.key, published_key);
  EXPECT_EQ(invoked_.call.payload, R"({"n":1})");
  ASSERT_TRUE(invoked_.call.sink);
  EXPECT_FALSE(*answer) << "nothing is said before the function says something";

  invoked_.call.sink->begin("text/plain");
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_EQ((*answer)->header("Content-Type"), "application/vnd.amazon.eventstream");
  EXPECT_EQ((*answer)->header("X-Amz-Executed-Version"), "$LATEST.PUBLISHED");
  EXPECT_EQ((*answer)->header("X-Amzn-Trace-Id"), "Root=1-x");
  EXPECT_EQ((*answer)->header("x-amzn-RequestId"), invoked_.call.request_id);

  int more = 0;
  invoked_.call.sink->piece("one", [&more] { ++more; });
  EXPECT_EQ(frames::read_frames((*answer)->text).at(0).payload, "one");
  EXPECT_EQ(more, 0) << "the client has not taken it yet";
  (*answer)->mores.at(0)();
  EXPECT_EQ(more, 1);
  invoked_.call.sink->piece("two", [] {});
  invoked_.done(reply(InvokeReply::Kind::success));

  EXPECT_EQ(chunks_of(**answer), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(completion_of(**answer), json::object());
  EXPECT_EQ((*answer)->stream, Answer::Stream::finished);
}

TEST_F(InvokeStreaming, AnAnswerThatIsNotStreamedBecomesChunks) {
  const Pending answer = call();
  const std::string body(600'000, 'x');
  invoked_.done(reply(InvokeReply::Kind::success, body));

  const auto chunks = chunks_of(**answer);
  ASSERT_EQ(chunks.size(), 3U);
  EXPECT_EQ(chunks[0] + chunks[1] + chunks[2], body);
  EXPECT_EQ((*answer)->stream, Answer::Stream::finished);
}

TEST_F(InvokeStreaming, AnEmptyAnswerHasNoChunk) {
  const Pending answer = call();
  invoked_.done(reply(InvokeReply::Kind::success));
  EXPECT_TRUE(chunks_of(**answer).empty());
}

TEST_F(InvokeStreaming, AFailureBeforeTheFirstByteIsToldInTheStream) {
  const Pending answer = call();
  invoked_.done(reply(InvokeReply::Kind::function_error, R"({"errorMessage":"no"})", "Function.No"));

  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_TRUE(chunks_of(**answer).empty());
  EXPECT_EQ(completion_of(**answer),
            (json{{"ErrorCode", "Unhandled"}, {"ErrorDetails", R"({"errorMessage":"no"})"}}));
}

TEST_F(InvokeStreaming, AFailureInMidStreamFollowsThePieces) {
  const Pending answer = call();
  invoked_.call.sink->begin("text/plain");
  invoked_.call.sink->piece("begun", [] {});
  invoked_.done(reply(InvokeReply::Kind::function_error, R"({"errorType":"Sandbox.Timedout"})",
                      "Sandbox.Timedout"));  // with the piece still on its way

  EXPECT_EQ(chunks_of(**answer), std::vector<std::string>{"begun"});
  const json details = json::parse(completion_of(**answer).at("ErrorDetails").get<std::string>());
  EXPECT_EQ(details.at("errorMessage"),
            "RequestId: " + invoked_.call.request_id + " Error: Task timed out after 3.00 seconds");
  EXPECT_EQ((*answer)->stream, Answer::Stream::finished);
}

TEST_F(InvokeStreaming, AThrottleIsAnOrdinaryError) {
  const Pending answer = call();
  invoked_.done(reply(InvokeReply::Kind::throttled));
  EXPECT_EQ((*answer)->status, 429U);
  EXPECT_EQ((*answer)->error(), "TooManyRequestsException");
  EXPECT_EQ((*answer)->stream, Answer::Stream::none);
}

TEST_F(InvokeStreaming, WhatInvokeRefusesIsRefusedInTheSameWords) {
  create_published_function();
  EXPECT_EQ(send("POST", std::string{streaming_path} + "?Qualifier=99").message(),
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:99");
  EXPECT_EQ(send("POST", streaming_path, nullptr, {{"X-Amz-Log-Type", "Tail"}}).message(),
            "Tail logs are not supported for functions configured with capacity provider");
  EXPECT_EQ(send("POST", streaming_path, nullptr, {{"X-Amz-Invocation-Type", "DryRun"}}).status, 204U);
  EXPECT_EQ(send("POST", streaming_path, nullptr, {{"X-Amz-Invocation-Type", "Event"}}).error(),
            "ValidationException");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(InvokeStreaming, BufferedInvokeAsksForNoStream) {
  create_published_function();
  start("POST", "/2015-03-31/functions/f/invocations", "{}");
  loop_.run_until([this] { return !host_->calls.empty(); });
  EXPECT_FALSE(host_->calls.front().call.sink);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
