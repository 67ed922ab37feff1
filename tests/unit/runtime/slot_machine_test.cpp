#include "invoke/slot_machine.hpp"

#include "core/logging.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

namespace lmi::invoke {
namespace {

using namespace std::chrono_literals;

const auto reset = std::make_error_code(std::errc::connection_reset);

std::string reply(int status, const std::string& headers = {}, const std::string& body = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + headers + "\r\n" + body;
}

const std::string event_reply = reply(200, "Lambda-Runtime-Aws-Request-Id: id-1\r\n", "{}");

/// Plays the driver: no socket, no clock.
class SlotMachineTest : public testing::Test {
 protected:
  Action receive(const std::string& bytes) {
    Action action{Step::receive};
    for (std::size_t at = 0; at < bytes.size();) {
      const auto space = machine_.receive_space();
      const auto count = std::min(space.size(), bytes.size() - at);
      std::memcpy(space.data(), bytes.data() + at, count);
      at += count;
      action = machine_.received(count);
    }
    return action;
  }

  /// From a new machine to the handler.
  void dispatch() {
    ASSERT_EQ(machine_.start().step, Step::connect);
    ASSERT_EQ(machine_.connected().step, Step::send);
    ASSERT_EQ(machine_.sent().step, Step::receive);
    ASSERT_EQ(receive(event_reply).step, Step::dispatch);
  }

  /// The handler's answer is sent; its reply is what comes next.
  void answer() {
    ASSERT_EQ(machine_.answered().step, Step::send);
    ASSERT_EQ(machine_.sent().step, Step::receive);
  }

  std::string request() {
    return std::string{machine_.request_head()} + std::string{machine_.request_body()} +
           std::string{machine_.request_tail()};
  }

  wire::RequestWriter writer_{"127.0.0.1:9001"};
  core::RequestLogger log_{
      std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::fatal, -1)};
  InFlightEntry in_flight_;
  SlotMachine machine_{{}, writer_, log_, in_flight_};
};

TEST_F(SlotMachineTest, GoesFromPollToHandlerToAnswerToPollOnOneConnection) {
  dispatch();
  EXPECT_EQ(machine_.event().request_id, "id-1");
  EXPECT_EQ(machine_.event().body, "{}");
  EXPECT_EQ(log_.identity().request_id, "id-1");
  machine_.outcome().answer.data = "done";
  answer();
  EXPECT_TRUE(request().starts_with("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"));
  EXPECT_TRUE(request().ends_with("\r\n\r\ndone"));

  EXPECT_EQ(receive(reply(202)).step, Step::send);
  EXPECT_TRUE(machine_.polling());
  EXPECT_EQ(log_.identity().request_id, "");
}

TEST_F(SlotMachineTest, R26_AStreamGoesOutPieceByPieceAndItsConnectionIsNotUsedAgain) {
  dispatch();
  machine_.outcome().streamed = true;
  ASSERT_EQ(machine_.write("one").step, Step::send);
  EXPECT_TRUE(request().starts_with("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"));
  EXPECT_TRUE(request().ends_with("\r\n\r\n3\r\none\r\n"));
  EXPECT_EQ(machine_.sent().step, Step::written);
  EXPECT_EQ(machine_.write("").step, Step::written);  // nothing: an empty chunk would be the end
  ASSERT_EQ(machine_.write("sixteen letters!").step, Step::send);
  EXPECT_EQ(request(), "10\r\nsixteen letters!\r\n");
  EXPECT_EQ(machine_.sent().step, Step::written);

  answer();
  EXPECT_EQ(request(), "0\r\n\r\n");
  EXPECT_EQ(receive(reply(202)).step, Step::connect);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, R28_AStreamThatCannotBeOpenedBecomesAnOrdinaryError) {
  dispatch();
  machine_.outcome().streamed = true;
  machine_.connection_spent();
  auto action = machine_.write("one");
  while (action.step == Step::connect) {
    action = machine_.connect_failed(reset);
    if (action.step == Step::wait) action = machine_.waited();
  }
  ASSERT_EQ(action.step, Step::written);
  EXPECT_EQ(machine_.stream_failure(), reset);
  EXPECT_EQ(machine_.write("two").step, Step::written);  // fails at once from now on

  ASSERT_EQ(machine_.answered().step, Step::connect);
  ASSERT_EQ(machine_.connected().step, Step::send);
  EXPECT_TRUE(request().starts_with("POST /2018-06-01/runtime/invocation/id-1/error HTTP/1.1\r\n"));
}

TEST_F(SlotMachineTest, WhatThePlatformSaysInTheMiddleOfAStreamIsReadAtItsEnd) {
  dispatch();
  machine_.outcome().streamed = true;
  machine_.write("one");
  machine_.sent();
  machine_.stream_interrupted();
  EXPECT_EQ(machine_.write("two").step, Step::written);
  EXPECT_TRUE(machine_.stream_failure());
  EXPECT_EQ(machine_.answered().step, Step::receive);
  EXPECT_EQ(receive(reply(413)).step, Step::connect);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, AStreamNobodyReadsIsGivenUp) {
  dispatch();
  machine_.outcome().streamed = true;
  machine_.write("one");
  EXPECT_EQ(machine_.send_failed(std::make_error_code(std::errc::timed_out)).step, Step::written);
  EXPECT_EQ(machine_.answered().step, Step::connect);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, R13_AnAnswerWithoutReplyIsNotPostedAgain) {
  dispatch();
  answer();

  EXPECT_EQ(machine_.closed(reset).step, Step::connect);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, R14_TheReplyIsReadAfterAFailedSendAndTheConnectionIsNotUsedAgain) {
  dispatch();
  EXPECT_EQ(machine_.answered().step, Step::send);
  EXPECT_EQ(machine_.send_failed(reset).step, Step::receive);

  EXPECT_EQ(receive(reply(413)).step, Step::connect);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, R15_RepeatedFailuresOfAPollWaitLongerEachTime) {
  machine_.start();
  std::chrono::milliseconds last{0};
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(machine_.connected().step, Step::send);
    machine_.sent();
    const auto action = receive(reply(500, "Connection: close\r\n"));
    ASSERT_EQ(action.step, Step::wait);
    EXPECT_GT(action.delay, last);
    last = action.delay;
    ASSERT_EQ(machine_.waited().step, Step::connect);
  }
}

TEST_F(SlotMachineTest, R15_AResetOnAFreshConnectionIsAFailureToo) {
  machine_.start();
  machine_.connected();
  machine_.sent();

  EXPECT_EQ(machine_.closed(reset).step, Step::wait);
}

TEST_F(SlotMachineTest, R16_WaitingForAnEventHasNoLimit) {
  machine_.start();
  machine_.connected();
  const auto action = machine_.sent();

  EXPECT_EQ(action.step, Step::receive);
  EXPECT_EQ(action.delay, 0ms);  // Step::receive carries none: only bytes or the end of the connection end it
}

TEST_F(SlotMachineTest, R17_GivesUpAfterBoundedAttempts) {
  machine_.start();
  int attempts = 0;
  auto action = machine_.connect_failed(reset);
  auto waited = 0ms;
  for (; action.step == Step::wait; ++attempts) {
    waited += action.delay;
    ASSERT_EQ(machine_.waited().step, Step::connect);
    action = machine_.connect_failed(reset);
  }

  EXPECT_EQ(action.step, Step::stop);
  EXPECT_EQ(machine_.stop_reason(), StopReason::api_gone);
  EXPECT_EQ(attempts, 8);
  EXPECT_LT(waited, 5s);
}

TEST_F(SlotMachineTest, ASuccessfulPollForgetsEarlierFailures) {
  machine_.start();
  const auto first = machine_.connect_failed(reset).delay;
  machine_.waited();
  machine_.connect_failed(reset);
  machine_.waited();
  machine_.connected();
  machine_.sent();
  ASSERT_EQ(receive(event_reply).step, Step::dispatch);
  answer();
  ASSERT_EQ(machine_.closed(reset).step, Step::connect);

  EXPECT_EQ(machine_.connect_failed(reset).delay, first);
}

TEST_F(SlotMachineTest, AStaleKeepAliveConnectionIsReplacedWithoutCountingAsFailure) {
  dispatch();
  answer();
  ASSERT_EQ(receive(reply(202)).step, Step::send);
  machine_.sent();

  EXPECT_EQ(machine_.closed({}).step, Step::connect);
}

TEST_F(SlotMachineTest, ConnectionCloseMeansANewConnectionForTheAnswer) {
  machine_.start();
  machine_.connected();
  machine_.sent();
  ASSERT_EQ(receive(reply(200, "Lambda-Runtime-Aws-Request-Id: id-1\r\nConnection: close\r\n", "{}")).step,
            Step::dispatch);

  EXPECT_EQ(machine_.answered().step, Step::connect);
  EXPECT_EQ(machine_.connected().step, Step::send);
}

TEST_F(SlotMachineTest, AnAnswerThatCannotConnectIsTriedAgainThenDropped) {
  dispatch();
  machine_.connection_spent();
  ASSERT_EQ(machine_.answered().step, Step::connect);
  ASSERT_EQ(machine_.connect_failed(reset).step, Step::wait);
  EXPECT_EQ(machine_.waited().step, Step::connect);
  ASSERT_EQ(machine_.connect_failed(reset).step, Step::wait);
  EXPECT_EQ(machine_.waited().step, Step::connect);

  EXPECT_EQ(machine_.connect_failed(reset).step, Step::connect);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, R11_AnErrorRefusedWith413IsCutOnceOnly) {
  dispatch();
  machine_.outcome().error = Error{.type = "X", .message = std::string(2'000'000, 'e')};
  answer();
  ASSERT_EQ(receive(reply(413)).step, Step::send);
  EXPECT_LE(machine_.request_body().size(), 64U * 1024U);
  machine_.sent();

  EXPECT_EQ(receive(reply(413)).step, Step::send);
  EXPECT_TRUE(machine_.polling());
}

TEST_F(SlotMachineTest, R12_A500OnAnAnswerStopsTheSlotOnlyWhenPolicySaysSo) {
  dispatch();
  answer();
  EXPECT_EQ(receive(reply(500)).step, Step::send);

  SlotMachine strict{{.exit_on_platform_error = true}, writer_, log_, in_flight_};
  strict.start();
  strict.connected();
  strict.sent();
  const auto feed = [&](const std::string& bytes) {
    std::memcpy(strict.receive_space().data(), bytes.data(), bytes.size());
    return strict.received(bytes.size());
  };
  ASSERT_EQ(feed(event_reply).step, Step::dispatch);
  strict.answered();
  strict.sent();
  EXPECT_EQ(feed(reply(500)).step, Step::stop);
  EXPECT_EQ(strict.stop_reason(), StopReason::platform_error);
}

TEST_F(SlotMachineTest, APollWithoutARequestIdIsAFailureAndNotAnInvocation) {
  machine_.start();
  machine_.connected();
  machine_.sent();

  EXPECT_EQ(receive(reply(200, {}, "{}")).step, Step::wait);
}

TEST_F(SlotMachineTest, BytesThatAreNotHttpAreAFailure) {
  machine_.start();
  machine_.connected();
  machine_.sent();

  EXPECT_EQ(receive("SSH-2.0-OpenSSH\r\n\r\n").step, Step::wait);
}

TEST_F(SlotMachineTest, R35_StoppingEndsAPollAtOnceButLetsAnInvocationBeAnswered) {
  dispatch();
  machine_.stop();
  answer();
  EXPECT_EQ(receive(reply(202)).step, Step::stop);
  EXPECT_EQ(machine_.stop_reason(), StopReason::shutdown);

  SlotMachine polling{{}, writer_, log_, in_flight_};
  polling.start();
  polling.connected();
  polling.sent();
  polling.stop();
  EXPECT_EQ(polling.closed({}).step, Step::stop);
}

TEST_F(SlotMachineTest, AtEveryByteOfAnEventItsArrivalOrItsIdIsInTheTable) {
  const auto header_end = event_reply.find("\r\n\r\n") + 4;
  ASSERT_EQ(machine_.start().step, Step::connect);
  ASSERT_EQ(machine_.connected().step, Step::send);
  ASSERT_EQ(machine_.sent().step, Step::receive);
  for (std::size_t at = 0; at < event_reply.size(); ++at) {
    machine_.receive_space()[0] = event_reply[at];
    if (at < header_end) {  // a process that ends here has received the byte, and not yet looked at it
      EXPECT_EQ(in_flight_.arrived(), event_reply.substr(0, at + 1));
      EXPECT_FALSE(in_flight_.active());
    }
    machine_.received(1);
    EXPECT_EQ(in_flight_.active(), at + 1 >= header_end) << at;
  }
  EXPECT_EQ(in_flight_.request_id(), "id-1");
}

TEST_F(SlotMachineTest, BetweenTwoInvocationsTheTableHoldsNothingOfTheFirst) {
  dispatch();
  answer();
  ASSERT_EQ(receive(reply(202, "Lambda-Runtime-Aws-Request-Id: id-1\r\n", "{}")).step, Step::send);
  EXPECT_FALSE(in_flight_.active());
  EXPECT_EQ(in_flight_.arrived(), "");
  const auto space = in_flight_.arrival();
  EXPECT_TRUE(std::all_of(space.begin(), space.end(), [](char byte) { return byte == '\0'; }));
}

TEST_F(SlotMachineTest, AnEventWhoseConnectionIsLostBeforeItsEndIsForgotten) {
  ASSERT_EQ(machine_.start().step, Step::connect);
  ASSERT_EQ(machine_.connected().step, Step::send);
  ASSERT_EQ(machine_.sent().step, Step::receive);
  ASSERT_EQ(receive(event_reply.substr(0, event_reply.size() - 1)).step, Step::receive);
  ASSERT_TRUE(in_flight_.active());
  machine_.closed({});
  EXPECT_FALSE(in_flight_.active());
  EXPECT_EQ(in_flight_.arrived(), "");
}

}  // namespace
}  // namespace lmi::invoke
