#include "handlers.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <thread>

namespace lmi::test {
namespace {

TEST(Coroutines, R04_SixtyFourWaitingHandlersNeedTwoWorkers) {
  constexpr std::size_t calls = 64;
  ScriptedApi api;
  ::setenv("AWS_LAMBDA_RUNTIME_API", api.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", "64", 1);
  int code = -1;
  std::thread function{
      [&] { code = serve_meeting(calls, {.drain_timeout = std::chrono::seconds{20}, .workers = 2}); }};
  for (std::size_t i = 0; i < calls; ++i) api.invoke({.id = "id" + std::to_string(i), .body = "x"});
  for (std::size_t i = 0; i < calls; ++i) ASSERT_TRUE(api.wait_for_answer("id" + std::to_string(i)));
  ::kill(::getpid(), SIGTERM);
  function.join();

  EXPECT_EQ(code, 0);
}

TEST(Coroutines, R05_AnAnswerIsSentAndItsSlotPollsAgainWhileTheOnlyWorkerIsBusy) {
  ScriptedApi api;
  ::setenv("AWS_LAMBDA_RUNTIME_API", api.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", "2", 1);
  std::promise<void> first_inside;
  std::promise<void> let_first_go;
  std::promise<void> let_second_go;
  const auto behaviour = [&](const Payload& event, Context&) {
    if (event.data == "first") first_inside.set_value();
    (event.data == "first" ? let_first_go : let_second_go).get_future().wait();
    return event;
  };
  int code = -1;
  std::thread function{[&] {
    code = serve(Kind::coroutine, behaviour, {.drain_timeout = std::chrono::seconds{20}, .workers = 1});
  }};
  api.invoke({.id = "first", .body = "first"});
  first_inside.get_future().wait();
  api.invoke({.id = "second", .body = "second"});
  ASSERT_TRUE(api.wait_for_deliveries(2));  // taken although the worker is held
  let_first_go.set_value();

  EXPECT_TRUE(api.wait_for_answer("first"));  // although the worker is now held by the second
  EXPECT_TRUE(api.wait_for_polls(1));
  EXPECT_EQ(api.count("/second/response"), 0U);
  let_second_go.set_value();
  EXPECT_TRUE(api.wait_for_answer("second"));
  ::kill(::getpid(), SIGTERM);
  function.join();
  EXPECT_EQ(code, 0);
}

TEST(Coroutines, R35_ACoroutineThatStillWaitsAfterTheBudgetIsDestroyed) {
  ScriptedApi api;
  ::setenv("AWS_LAMBDA_RUNTIME_API", api.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", "2", 1);
  int code = -1;
  std::thread function{[&] {
    code = serve_timers({.drain_timeout = std::chrono::milliseconds{10},
                         .overrun = {.cancel_coroutines = false},
                         .workers = 1});
  }};
  api.invoke({.id = "long", .body = "600000"});
  ASSERT_TRUE(api.wait_for_deliveries(1));
  ::kill(::getpid(), SIGTERM);
  function.join();

  EXPECT_EQ(code, 0);
  EXPECT_EQ(api.count("/long/response"), 0U);
  EXPECT_EQ(api.count("/long/error"), 0U);
}

TEST(Coroutines, R35_ACoroutineThatStillWaitsAfterTheBudgetIsCancelledAndAnswers) {
  ScriptedApi api;
  ::setenv("AWS_LAMBDA_RUNTIME_API", api.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", "2", 1);
  int code = -1;
  // The grace after the budget is a tenth of it: enough to answer in, on any machine.
  std::thread function{
      [&] { code = serve_timers({.drain_timeout = std::chrono::seconds{5}, .workers = 1}); }};
  api.invoke({.id = "long", .body = "600000"});
  ASSERT_TRUE(api.wait_for_deliveries(1));
  ::kill(::getpid(), SIGTERM);
  function.join();

  EXPECT_EQ(code, 0);
  const auto answer = api.wait_for("/long/error");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Error-Type"), "Function.SystemError");
}

}  // namespace
}  // namespace lmi::test
