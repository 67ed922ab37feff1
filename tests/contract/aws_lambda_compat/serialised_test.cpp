#include "support/scripted_api.hpp"
#include "turnstile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aws/lambda-runtime/runtime.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

namespace lmi::test {
namespace {

using aws::lambda_runtime::invocation_request;
using aws::lambda_runtime::invocation_response;
using compat::Turnstile;

constexpr auto never = Turnstile::Clock::time_point::max();
std::stop_token no_token() {
  return {};
}

/// run_handler() in this process, so that a sanitizer sees the handler.
class Serialised : public testing::Test {
 protected:
  void start(unsigned slots, std::function<invocation_response(invocation_request const&)> handler) {
    ::setenv("AWS_LAMBDA_RUNTIME_API", api_.address().c_str(), 1);
    ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", std::to_string(slots).c_str(), 1);
    thread_ = std::thread{[handler = std::move(handler)] { aws::lambda_runtime::run_handler(handler); }};
  }
  void TearDown() override {
    EXPECT_TRUE(api_.wait_for("/invocation/next"));
    ::kill(::getpid(), SIGTERM);
    thread_.join();
  }
  static std::string deadline_in(std::chrono::milliseconds time) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now + time).count());
  }

  ScriptedApi api_;
  std::thread thread_;
};

TEST_F(Serialised, CallsOfManySlotsNeverOverlap) {
  constexpr int calls = 200;
  int plain_counter = 0;  // no lock, no atomic: as in the programs this is for
  int inside = 0;
  int most_inside = 0;
  start(16, [&](invocation_request const&) {
    most_inside = std::max(most_inside, ++inside);
    ++plain_counter;
    --inside;
    return invocation_response::success("{}", "application/json");
  });
  for (int i = 0; i < calls; ++i) api_.invoke({.id = "call" + std::to_string(i)});
  for (int i = 0; i < calls; ++i) ASSERT_TRUE(api_.wait_for_answer("call" + std::to_string(i)));
  ASSERT_TRUE(api_.wait_for_polls(16));

  EXPECT_EQ(api_.count("/response"), static_cast<std::size_t>(calls));
  // Read behind the answers of all calls: they happened before.
  EXPECT_EQ(plain_counter, calls);
  EXPECT_EQ(most_inside, 1);
}

TEST_F(Serialised, AWaitingCallIsAnsweredAtItsDeadlineAndNeverReachesTheHandler) {
  std::latch inside{1};
  std::latch let_go{1};
  std::vector<std::string> handled;
  start(2, [&](invocation_request const& request) {
    handled.push_back(request.request_id);
    if (request.request_id == "first") {
      inside.count_down();
      let_go.wait();
    }
    return invocation_response::success("{}", "application/json");
  });
  api_.invoke({.id = "first"});
  inside.wait();
  api_.invoke({.id = "late",
               .headers = {{"Lambda-Runtime-Deadline-Ms", deadline_in(std::chrono::milliseconds{20})}}});
  const auto late = api_.wait_for_answer("late");
  let_go.count_down();
  ASSERT_TRUE(late);
  ASSERT_TRUE(api_.wait_for_answer("first"));

  EXPECT_EQ(late->header("Lambda-Runtime-Function-Error-Type"), "Function.TurnNeverCame");
  EXPECT_THAT(handled, testing::ElementsAre("first"));
}

TEST_F(Serialised, TheRequestIsFilledFromTheEvent) {
  std::optional<invocation_request> seen;
  start(1, [&](invocation_request const& request) {
    seen = request;
    return invocation_response::success("", "");
  });
  const auto in_an_hour = std::chrono::milliseconds{std::chrono::hours{1}};
  api_.invoke({.id = "a",
               .body = "payload",
               .headers = {{"Lambda-Runtime-Trace-Id", "Root=1"},
                           {"Lambda-Runtime-Client-Context", "{}"},
                           {"Lambda-Runtime-Cognito-Identity", "{\"i\":1}"},
                           {"Lambda-Runtime-Aws-Tenant-Id", "tenant"},
                           {"Lambda-Runtime-Deadline-Ms", deadline_in(in_an_hour)}}});
  const auto answer = api_.wait_for_answer("a");
  ASSERT_TRUE(answer);
  ASSERT_TRUE(api_.wait_for_polls(1));

  EXPECT_EQ(answer->header("Content-Type"), "text/html");  // as aws-lambda-cpp says when nothing is said
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->payload, "payload");
  EXPECT_EQ(seen->request_id, "a");
  EXPECT_EQ(seen->xray_trace_id, "Root=1");
  EXPECT_EQ(seen->client_context, "{}");
  EXPECT_EQ(seen->cognito_identity, "{\"i\":1}");
  EXPECT_EQ(seen->tenant_id, "tenant");
  EXPECT_EQ(seen->content_type, "application/json");
  EXPECT_EQ(seen->function_arn, "arn:aws:lambda:eu-west-1:123456789012:function:test");
  EXPECT_GT(seen->get_time_remaining(), in_an_hour / 2);
  EXPECT_LE(seen->get_time_remaining(), in_an_hour);
}

TEST(Turnstile, LetsOneThroughAfterTheOther) {
  Turnstile turnstile;
  int plain_counter = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        ASSERT_TRUE(turnstile.enter(never, no_token));
        ++plain_counter;
        turnstile.leave();
      }
    });
  }
  threads.clear();

  EXPECT_EQ(plain_counter, 1600);
}

TEST(Turnstile, GivesUpAtItsTimeAndLetsTheNextOneIn) {
  Turnstile turnstile;
  ASSERT_TRUE(turnstile.enter(never, no_token));
  EXPECT_FALSE(turnstile.enter(Turnstile::Clock::now(), no_token));
  turnstile.leave();
  EXPECT_TRUE(turnstile.enter(never, no_token));
}

TEST(Turnstile, GivesUpWhenAskedToStop) {
  Turnstile turnstile;
  ASSERT_TRUE(turnstile.enter(never, no_token));
  std::stop_source source;
  std::latch waiting{1};
  std::optional<bool> through;
  std::thread waiter{[&] {
    through = turnstile.enter(never, [&] {
      waiting.count_down();
      return source.get_token();
    });
  }};
  waiting.wait();
  source.request_stop();
  waiter.join();

  EXPECT_EQ(through, false);
}

}  // namespace
}  // namespace lmi::test
