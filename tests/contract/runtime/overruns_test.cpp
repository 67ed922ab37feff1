#include "running_function.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;

ApiInvocation due_in(std::chrono::milliseconds time, std::string id, std::string body) {
  const auto deadline = std::chrono::system_clock::now() + time;
  const auto count =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline.time_since_epoch()).count();
  return {.id = std::move(id),
          .body = std::move(body),
          .headers = {{"Lambda-Runtime-Deadline-Ms", std::to_string(count)}}};
}

class Overruns : public RunningFunction {
 protected:
  /// Holds its slot until the gate opens, whatever it is told.
  Payload hold(const Payload& event, Context&) {
    if (event.data == "hold") gate_.wait();
    return event;
  }
  Behaviour holding() {
    return [this](const Payload& event, Context& context) { return hold(event, context); };
  }

  std::latch gate_{1};
};

TEST_P(Overruns, R48_TheHookIsCalledOnceAtTheDeadlineAndTheLateAnswerIsStillSent) {
  std::atomic<int> calls{0};
  std::promise<std::string> told;
  start(2, holding(), {.overrun = {.on_overrun = [&](Context& context) {
                         if (++calls == 1) told.set_value(std::string{context.request_id()});
                       }}});
  const auto began = std::chrono::steady_clock::now();
  api_.invoke(due_in(50ms, "late", "hold"));
  auto hook = told.get_future();
  ASSERT_EQ(hook.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(hook.get(), "late");
  EXPECT_GE(std::chrono::steady_clock::now() - began, 40ms);  // the deadline is on another clock, in whole ms
  EXPECT_EQ(api_.count("/late/response"), 0U);
  gate_.count_down();
  EXPECT_TRUE(api_.wait_for("/late/response"));
  EXPECT_EQ(calls, 1);
}

TEST_P(Overruns, AHandlerThatIsInTimeIsNotToldOf) {
  std::atomic<int> calls{0};
  start(2, obey, {.overrun = {.on_overrun = [&](Context&) { ++calls; }}});
  for (int i = 0; i < 50; ++i) api_.invoke(due_in(1h, "n" + std::to_string(i), "echo x"));
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(api_.wait_for_answer("n" + std::to_string(i)));
  EXPECT_EQ(calls, 0);
}

TEST_P(Overruns, AnExceptionOfTheHookHurtsNobody) {
  start(1, holding(), {.overrun = {.on_overrun = [&](Context&) {
                         gate_.count_down();
                         throw std::runtime_error{"hook"};
                       }}});
  api_.invoke(due_in(20ms, "late", "hold"));
  EXPECT_TRUE(api_.wait_for("/late/response"));
}

TEST_P(Overruns, TooManyHeldSlotsEndTheProcessAfterTheOthersHaveAnswered) {
  std::latch all_late{3};
  start(4, holding(),
        {.overrun = {.on_overrun = [&](Context&) { all_late.count_down(); }, .replace_above = 0.5}});
  for (const auto* id : {"one", "two", "three"}) api_.invoke(due_in(20ms, id, "hold"));
  all_late.wait();  // three of four: more than half
  gate_.count_down();
  EXPECT_EQ(join(), 1);
  EXPECT_EQ(api_.count("/response"), 3U);
}

LMI_FOR_BOTH_KINDS(Overruns);

TEST(CoroutineOverruns, ACoroutineThatWaitsIsCancelledAtTheDeadlineAndItsSlotIsFree) {
  ScriptedApi api;
  ::setenv("AWS_LAMBDA_RUNTIME_API", api.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", "1", 1);
  int code = -1;
  std::thread function{[&] { code = serve_timers({.drain_timeout = 20s, .workers = 1}); }};
  api.invoke(due_in(50ms, "long", "600000"));
  const auto answer = api.wait_for_answer("long");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Error-Type"), "Function.SystemError");
  for (int i = 0; i < 20; ++i) api.invoke({.id = "next-" + std::to_string(i), .body = "1"});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(api.wait_for("/next-" + std::to_string(i) + "/response"));
  ::kill(::getpid(), SIGTERM);
  function.join();
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace lmi::test
