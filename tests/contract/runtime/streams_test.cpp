#include "running_function.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;

class Streams : public RunningFunction {
 protected:
  void start_streaming(unsigned slots = 1) {
    start_serving(slots, [this](RunOptions options) {
      return serve_stream(GetParam(), gate_, written_, std::move(options));
    });
  }

  void TearDown() override {
    if (!gate_.try_wait()) gate_.count_down();
    RunningFunction::TearDown();
  }

  /// A slot that has streamed polls again, over a connection of its own.
  void expect_that_it_serves_another() {
    api_.invoke({.id = "another", .body = "write x"});
    const auto another = api_.wait_for_answer("another");
    ASSERT_TRUE(another);
    EXPECT_EQ(another->body, "x");
  }

  std::latch gate_{1};
  std::atomic<std::size_t> written_{0};
};

TEST_P(Streams, R26_AStreamLeavesInChunksWithItsHeadersAndItsConnectionIsClosedAfter) {
  start_streaming();
  api_.invoke({.id = "s", .body = "type text/plain\nwrite one\ngate\nwrite two"});

  ASSERT_TRUE(api_.wait_for_streamed("s", "one"));  // while the handler is still inside
  gate_.count_down();
  const auto answer = api_.wait_for("/s/response");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "onetwo");
  EXPECT_EQ(answer->chunks, 2U);
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Response-Mode"), "streaming");
  EXPECT_EQ(answer->header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(answer->header("Content-Length"), std::nullopt);
  EXPECT_EQ(answer->header("Content-Type"), "text/plain");
  EXPECT_EQ(answer->header("Trailer"),
            "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body");
  EXPECT_TRUE(answer->trailers.empty());

  const auto poll = api_.wait_for("/invocation/next", 2);
  ASSERT_TRUE(poll);
  EXPECT_NE(poll->connection, answer->connection);
}

TEST_P(Streams, R26_AStreamWithoutABytesIsAnEmptyStream) {
  start_streaming();
  api_.invoke({.id = "s", .body = ""});
  const auto answer = api_.wait_for("/s/response");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->chunked);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->header("Content-Type"), "application/octet-stream");
  expect_that_it_serves_another();
}

TEST_P(Streams, R26_AnHttpStreamBeginsWithItsPreludeAndEightNulBytes) {
  start_streaming();
  api_.invoke({.id = "s", .body = "http 201\nwrite hello"});
  const auto answer = api_.wait_for("/s/response");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("Content-Type"), "application/vnd.awslambda.http-integration-response");
  EXPECT_EQ(answer->body, R"({"statusCode":201,"headers":{"X-A":"1, 2"},"cookies":["c=1; Secure"]})" +
                              std::string(8, '\0') + "hello");
}

TEST_P(Streams, R27_AFailureAfterTheFirstByteEndsTheStreamWithTrailersAndNoError) {
  start_streaming();
  api_.invoke({.id = "s", .body = "write part\nthrow"});
  const auto answer = api_.wait_for("/s/response");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "part");
  EXPECT_EQ(answer->trailer("lambda-runtime-function-error-type"), "Function.BrokeOff");
  EXPECT_EQ(answer->trailer("Lambda-Runtime-Function-Error-Body"),
            "eyJlcnJvck1lc3NhZ2UiOiJhcyB0b2xkIiwiZXJyb3JUeXBlIjoiYnJva2Vfb2ZmIiwic3RhY2tUcmFjZSI6W119");
  expect_that_it_serves_another();
  EXPECT_EQ(api_.count("/s/error"), 0U);
}

TEST_P(Streams, R28_AFailureBeforeTheFirstByteIsAnOrdinaryError) {
  start_streaming();
  api_.invoke({.id = "s", .body = "type text/plain\nthrow"});
  const auto answer = api_.wait_for_answer("s");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->path.ends_with("/s/error"));
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Error-Type"), "Function.BrokeOff");
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Response-Mode"), std::nullopt);
  expect_that_it_serves_another();
}

TEST_P(Streams, ASlowReaderSlowsTheHandlerDown) {
  constexpr std::size_t in_all = 64'000'000;
  constexpr std::size_t in_the_kernel = 24'000'000;  // both socket buffers, at their largest
  std::atomic<std::size_t> furthest_ahead{0};
  api_.on_chunk([&](std::size_t total) {
    const auto ahead = written_.load() - std::min(written_.load(), total);
    if (ahead > furthest_ahead) furthest_ahead = ahead;
  });
  start_streaming();
  api_.invoke({.id = "s", .body = "big " + std::to_string(in_all)});
  const auto answer = api_.wait_for("/s/response");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), in_all);
  EXPECT_LT(furthest_ahead, in_the_kernel);
}

TEST_P(Streams, AWriteThatNobodyReadsEndsAtTheDeadlineAndTheSlotGoesOn) {
  const auto read_on = std::make_shared<std::latch>(1);  // whoever waits may wake after this test's end
  api_.on_chunk([read_on](std::size_t) { read_on->wait(); });
  start_streaming();
  const auto deadline = std::chrono::system_clock::now() + 300ms;
  api_.invoke({.id = "s",
               .body = "big 64000000",
               .headers = {{"Lambda-Runtime-Deadline-Ms",
                            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                                               deadline.time_since_epoch())
                                               .count())}}});
  EXPECT_TRUE(api_.wait_for("/invocation/next", 2));  // although nothing more is read
  EXPECT_GE(std::chrono::system_clock::now(), deadline);
  EXPECT_LT(written_, 64'000'000U);
  api_.on_chunk({});
  read_on->count_down();
  expect_that_it_serves_another();
}

TEST_P(Streams, APlatformThatRefusesInTheMiddleEndsTheStreamAndTheSlotGoesOn) {
  api_.refuse_uploads({.status = 413, .headers = {}, .body = "{}"});
  start_streaming();
  api_.invoke({.id = "s", .body = "big 64000000"});
  EXPECT_TRUE(api_.wait_for("/invocation/next", 2));
  EXPECT_LT(written_, 64'000'000U);
  EXPECT_EQ(api_.count("/s/error"), 0U);
}

TEST_P(Streams, ManyStreamsAtOnceKeepTheirBytes) {
  start_streaming(16);
  for (int i = 0; i < 64; ++i)
    api_.invoke(
        {.id = "id-" + std::to_string(i), .body = "write a" + std::to_string(i) + "\nbig 300000\nwrite z"});
  for (int i = 0; i < 64; ++i) {
    const auto answer = api_.wait_for("/id-" + std::to_string(i) + "/response");
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->body, "a" + std::to_string(i) + std::string(300'000, 'b') + "z");
  }
}

LMI_FOR_BOTH_KINDS(Streams);

}  // namespace
}  // namespace lmi::test
