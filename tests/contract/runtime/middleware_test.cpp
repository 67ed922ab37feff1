#include "running_function.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <future>
#include <lmi/idempotency.hpp>
#include <lmi/middleware.hpp>
#include <string>

namespace lmi::test {
namespace {

class RunMiddleware : public RunningFunction {};
LMI_FOR_BOTH_KINDS(RunMiddleware);

/// Keeps the event of each invocation for itself, and adds it to the answer.
class Echo final : public MiddlewareWithState<std::string> {
 public:
  Decision before(const RawEvent& event, Context& context) override {
    of(context) = event.data;
    if (event.data == "refuse") return Error{.type = "Refused", .message = "by middleware"};
    if (event.data == "throw early") throw std::runtime_error{"too early"};
    if (event.data == "answer") return Payload{.data = "early", .content_type = "text/plain"};
    return go_on;
  }
  void after(Context& context, Completion& completion) override {
    if (completion.error() == nullptr)
      completion.answer_instead({.data = completion.answer().data + " <- " + of(context)});
  }
};

TEST_P(RunMiddleware, IsAroundTheHandler) {
  Echo echo;
  start(4, obey, {.middleware = {&echo}});
  api_.invoke({.id = "a", .body = "echo hello"});
  api_.invoke({.id = "b", .body = "answer"});
  api_.invoke({.id = "c", .body = "refuse"});
  api_.invoke({.id = "d", .body = "throw early"});
  api_.invoke({.id = "e", .body = "throw"});

  EXPECT_EQ(api_.wait_for_answer("a").value().body, "hello <- echo hello");
  EXPECT_EQ(api_.wait_for_answer("b").value().body, "early");
  const auto type = [this](const std::string& id) {
    return api_.wait_for_answer(id).value().header("Lambda-Runtime-Function-Error-Type").value_or("none");
  };
  EXPECT_EQ(type("c"), "Function.Refused");
  EXPECT_EQ(type("d"), "Function.RuntimeError");
  EXPECT_EQ(type("e"), "Function.RuntimeError");
  EXPECT_EQ(stop(), 0);
}

TEST_P(RunMiddleware, StateOfInvocationsThatRunTogetherIsTheirOwn) {
  Echo echo;
  constexpr int at_once = 8;
  std::promise<void> open;
  const auto is_open = open.get_future().share();
  start(at_once,
        [&](const Payload& event, Context& /*context*/) {
          is_open.wait();
          return Payload{.data = event.data};
        },
        {.middleware = {&echo}});
  for (int i = 0; i < at_once; ++i)
    api_.invoke({.id = std::to_string(i), .body = "event " + std::to_string(i)});
  ASSERT_TRUE(api_.wait_for_deliveries(at_once));
  open.set_value();
  for (int i = 0; i < at_once; ++i) {
    const auto event = "event " + std::to_string(i);
    EXPECT_EQ(api_.wait_for_answer(std::to_string(i)).value().body, event + " <- " + event);
  }
  EXPECT_EQ(stop(), 0);
}

TEST_P(RunMiddleware, TheSameKeyTwiceAtOnceRunsTheHandlerOnce) {
  MemoryIdempotencyStore store;
  Idempotency idempotency{store, key_at("/id")};
  std::promise<void> inside;
  std::promise<void> open;
  const auto is_open = open.get_future().share();
  int runs = 0;
  start(4,
        [&](const Payload& /*event*/, Context& /*context*/) {
          if (++runs == 1) {
            inside.set_value();
            is_open.wait();
          }
          return Payload{.data = "\"done\""};
        },
        {.middleware = {&idempotency}});
  api_.invoke({.id = "first", .body = R"({"id":7})"});
  inside.get_future().wait();
  api_.invoke({.id = "meanwhile", .body = R"({"id":7})"});
  EXPECT_EQ(api_.wait_for_answer("meanwhile").value().header("Lambda-Runtime-Function-Error-Type"),
            "Function.IdempotencyInProgress");
  open.set_value();
  EXPECT_EQ(api_.wait_for_answer("first").value().body, "\"done\"");
  api_.invoke({.id = "later", .body = R"({"id":7})"});
  EXPECT_EQ(api_.wait_for_answer("later").value().body, "\"done\"");
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(runs, 1);
}

TEST_P(RunMiddleware, AListThatMakesNoSenseIsAnInitError) {
  start(4, obey, {.middleware = {nullptr}});
  EXPECT_EQ(join(), 1);
  const auto report = api_.wait_for("/init/error");
  ASSERT_TRUE(report);
  EXPECT_NE(report->body.find("null pointer"), std::string::npos);
}

}  // namespace
}  // namespace lmi::test
