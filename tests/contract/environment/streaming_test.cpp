// A streamed answer on its way to a caller that takes it while it is produced.
#include "support/environment_virtual.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace lmi::test {
namespace {

using emulator::http::More;
using Kind = emulator::environment::Outcome::Kind;
using Outcome = emulator::environment::Outcome;

const EnvironmentClient::Headers streaming{{"Lambda-Runtime-Function-Response-Mode", "streaming"},
                                           {"Transfer-Encoding", "chunked"},
                                           {"Content-Type", "text/plain"}};

/// Keeps what it is given; the test lets each next piece in.
class HandSink final : public emulator::http::BodySink {
 public:
  void begin(const std::string& type) override {
    change([&] { content_type_ = type; });
  }
  void piece(std::string bytes, More more) override {
    change([&] {
      bytes_ += bytes;
      more_ = std::move(more);
    });
  }

  bool await_begin() {
    return await([this] { return !content_type_.empty(); });
  }
  bool await_bytes(const std::string& wanted) {
    return await([&] { return bytes_ == wanted; });
  }
  std::string content_type() { return content_type_; }
  /// To be called on the loop, and only while a piece is held.
  void let_next_in() {
    More more;
    change([&] { more = std::exchange(more_, nullptr); });
    more();
  }

 private:
  template <class F>
  void change(F task) {
    const std::lock_guard lock{mutex_};
    task();
    changed_.notify_all();
  }
  template <class F>
  bool await(F condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string content_type_;
  std::string bytes_;
  More more_;
};

/// An environment with one invocation, "id-1", whose caller takes streams, delivered on `runtime`.
class Streaming : public testing::Test {
 protected:
  void deliver() {
    ee.start_ready();
    EnvironmentHarness::Invocation invocation;
    invocation.request_id = "id-1";
    invocation.payload = "{}";
    invocation.sink = sink;
    call = ee.invoke(std::move(invocation));
    if (!runtime().receive()) throw std::runtime_error("the invocation was not delivered");
  }
  EnvironmentClient& runtime() { return *ee.first_poll; }
  void begin(const EnvironmentClient::Headers& headers = streaming) {
    runtime().send("POST", invocation_path("id-1", "response"), headers);
  }
  void send_piece(const std::string& text) {
    runtime().send_raw(chunked(text).substr(0, chunked(text).size() - 5));  // without the chunk that ends it
  }
  void let_next_in() {
    ee.loop.run([this] { sink->let_next_in(); });
  }
  EnvironmentClient::Response reply() { return runtime().receive().value_or(EnvironmentClient::Response{}); }
  Outcome outcome() {
    if (call.wait_for(patience) != std::future_status::ready) throw std::runtime_error("no outcome");
    return call.get();
  }
  bool still_waits() { return call.wait_for(std::chrono::seconds{0}) == std::future_status::timeout; }

  std::shared_ptr<HandSink> sink = std::make_shared<HandSink>();  // shared with the environment
  EnvironmentHarness ee;
  std::future<Outcome> call;
};

TEST_F(Streaming, PiecesReachTheCallerWhileTheRuntimeStillHoldsTheRest) {
  deliver();
  begin();
  ASSERT_TRUE(sink->await_begin());
  EXPECT_EQ(sink->content_type(), "text/plain");
  send_piece("one ");
  ASSERT_TRUE(sink->await_bytes("one "));
  EXPECT_TRUE(still_waits());
  let_next_in();
  send_piece("two");
  ASSERT_TRUE(sink->await_bytes("one two"));
  let_next_in();
  runtime().send_raw("0\r\n\r\n");
  EXPECT_EQ(reply().status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::success);
  EXPECT_TRUE(result.streamed);
  EXPECT_EQ(result.body, "") << "the sink has it";
}

TEST_F(Streaming, TheEndWaitsForTheCallerToTakeTheLastPiece) {
  deliver();
  begin();
  send_piece("all");
  runtime().send_raw("0\r\n\r\n");
  ASSERT_TRUE(sink->await_bytes("all"));
  EXPECT_EQ(ee.stats().in_flight, 1U);
  EXPECT_TRUE(still_waits());
  let_next_in();
  EXPECT_EQ(outcome().kind, Kind::success);
}

TEST_F(Streaming, AnAnswerThatIsNotStreamedComesWhole) {
  deliver();
  EXPECT_EQ(runtime().call("POST", invocation_path("id-1", "response"), {}, "whole").status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::success);
  EXPECT_EQ(result.body, "whole");
  EXPECT_EQ(sink->content_type(), "");
}

TEST_F(Streaming, R27_ErrorTrailersComeAfterThePieces) {
  deliver();
  begin();
  send_piece("begun");
  ASSERT_TRUE(sink->await_bytes("begun"));
  let_next_in();
  runtime().send_raw(
      "0\r\nLambda-Runtime-Function-Error-Type: Function.Broken\r\n"
      "Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJubyJ9\r\n\r\n");
  EXPECT_EQ(reply().status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::function_error);
  EXPECT_EQ(result.error_type, "Function.Broken");
  EXPECT_EQ(result.body, R"({"errorMessage":"no"})");
}

TEST_F(Streaming, R28_AnErrorBeforeTheFirstByteIsAnOrdinaryOne) {
  deliver();
  EXPECT_EQ(runtime()
                .call("POST", invocation_path("id-1", "error"),
                      {{"Lambda-Runtime-Function-Error-Type", "Function.Early"}}, "{}")
                .status,
            202);
  EXPECT_EQ(outcome().error_type, "Function.Early");
  EXPECT_EQ(sink->content_type(), "");
}

TEST_F(Streaming, ARuntimeThatVanishesInMidStreamIsATruncatedAnswer) {
  deliver();
  begin();
  send_piece("begun");
  ASSERT_TRUE(sink->await_bytes("begun"));
  runtime().close(true);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::function_error);
  EXPECT_EQ(result.error_type, "Runtime.TruncatedResponse");
  EXPECT_TRUE(ee.await_in_flight(0));
  let_next_in();  // late: harmless
}

TEST_F(Streaming, AnEnvironmentThatEndsInMidStreamEndsTheCall) {
  deliver();
  begin();
  send_piece("begun");
  ASSERT_TRUE(sink->await_bytes("begun"));
  ee.shut_down();
  EXPECT_EQ(outcome().error_type, "Client.ExecutionEnvironmentShutDown");
  let_next_in();  // late: harmless
}

TEST_F(Streaming, MoreThan200MegabytesAreTooLarge) {
  deliver();
  constexpr std::size_t limit = 200 * 1024 * 1024;
  auto headers = streaming;
  headers[1] = {"Content-Length", std::to_string(limit + 1)};
  begin(headers);
  const auto answer = reply();
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("(209715200 bytes)"), std::string::npos);
  EXPECT_EQ(outcome().error_type, "Function.ResponseSizeTooLarge");
}

/// The same in virtual time, with a timeout of 3 s. Pieces come and are let on without threads.
class StreamingInTime : public testing::Test {
 protected:
  struct Kept final : emulator::http::BodySink {
    void begin(const std::string&) override {}
    void piece(std::string given, More next) override {
      bytes += given;
      more = std::move(next);
    }
    std::string bytes;
    More more;
  };

  void SetUp() override {
    ee.spec.timeout = std::chrono::seconds{3};
    ee.start_ready();
    call = ee.invoke("id-1", sink);
    upload = ee.request("POST", invocation_path("id-1", "response"),
                        {{"Lambda-Runtime-Function-Response-Mode", "streaming"}});
    upload->piece_arrives("begun");
    ASSERT_EQ(sink->bytes, "begun");
  }

  std::shared_ptr<Kept> sink = std::make_shared<Kept>();  // shared with the environment
  VirtualEnvironment ee;
  std::shared_ptr<VirtualEnvironment::Call> call;
  std::shared_ptr<FakeExchange> upload;
};

TEST_F(StreamingInTime, TheNextPieceWaitsUntilTheCallerWantsIt) {
  EXPECT_FALSE(upload->more_wanted);
  sink->more();
  EXPECT_TRUE(upload->more_wanted);
  EXPECT_EQ(upload->body_limit, 200U * 1024 * 1024);
}

TEST_F(StreamingInTime, ATimeoutInMidStreamEndsTheCallAndDropsTheRest) {
  ee.loop.advance(std::chrono::seconds{3});
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Sandbox.Timedout");
  // The caller never let the next piece in; the function is read on all the same, to its end.
  EXPECT_TRUE(upload->more_wanted);
  upload->piece_arrives("late");
  EXPECT_TRUE(upload->more_wanted);
  EXPECT_EQ(sink->bytes, "begun");
  EXPECT_EQ(ee.stats().in_flight, 1U);
  upload->body_arrives("");
  ee.loop.run_until_idle();
  EXPECT_EQ(upload->status(), 410U);
  EXPECT_EQ(ee.stats().in_flight, 0U);
  sink->more();  // late: harmless
}

TEST_F(StreamingInTime, E30_AnErrorDuringTheStreamCountsOnceTheStreamEnds) {
  const auto error = ee.post(invocation_path("id-1", "error"), R"({"errorMessage":"late"})",
                             {{"Lambda-Runtime-Function-Error-Type", "Function.Late"}});
  EXPECT_FALSE(call->outcome);
  sink->more();
  upload->body_arrives("");
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Function.Late");
  EXPECT_EQ(error->status(), 202U);
}

}  // namespace
}  // namespace lmi::test
