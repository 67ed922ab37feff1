#include "running_function.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

namespace lmi::test {
namespace {

/// Lets handlers in until `expected` are inside at the same moment, then lets them all go on.
class Barrier {
 public:
  explicit Barrier(int expected) : expected_{expected} {}

  /// Whether all came.
  bool arrive() {
    std::unique_lock lock{mutex_};
    ++inside_;
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return inside_ >= expected_; });
  }

 private:
  const int expected_;
  int inside_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

class Slots : public RunningFunction {};

TEST_P(Slots, R01_HoldsExactlyMaxConcurrencyPollsBeforeAnyInvoke) {
  start_obeying();

  ASSERT_TRUE(api_.wait_for_polls(4));
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(api_.count("/invocation/next"), 4U);
  EXPECT_EQ(api_.most_polls_at_once(), 4U);
}

TEST_P(Slots, R02_HoldsOnePollWithoutMaxConcurrency) {
  start(std::nullopt, obey);
  for (const auto* id : {"a", "b", "c"}) {
    api_.invoke({.id = id, .body = "echo x"});
    ASSERT_TRUE(api_.wait_for_answer(id));
  }
  ASSERT_TRUE(api_.wait_for_polls(1));

  EXPECT_EQ(api_.most_polls_at_once(), 1U);
}

TEST_P(Slots, R04_InvocationsAreInsideTheHandlerTogetherAndKeepTheirIds) {
  Barrier all_four{4};
  start(4, [&](const Payload&, Context& context) {
    return Payload{.data = (all_four.arrive() ? "met " : "alone ") + std::string{context.request_id()},
                   .content_type = {}};
  });
  for (const auto* id : {"one", "two", "three", "four"}) api_.invoke({.id = id});

  for (const std::string id : {"one", "two", "three", "four"}) {
    const auto answer = api_.wait_for_answer(id);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "met " + id);
  }
}

TEST_P(Slots, R05_AStuckHandlerLeavesTheOtherSlotsServing) {
  Barrier released{2};
  start(4, [&](const Payload& event, Context&) {
    if (event.data == "stuck") released.arrive();
    return event;
  });
  api_.invoke({.id = "stuck", .body = "stuck"});
  ASSERT_TRUE(api_.wait_for_polls(3));
  for (int i = 0; i < 30; ++i) {
    const auto id = "quick" + std::to_string(i);
    api_.invoke({.id = id, .body = "quick"});
    ASSERT_TRUE(api_.wait_for_answer(id));
  }
  EXPECT_EQ(api_.count("/stuck/response"), 0U);

  released.arrive();
  EXPECT_TRUE(api_.wait_for_answer("stuck"));
}

TEST_P(Slots, R06_AThrowingHandlerFailsItsInvocationAndTheSlotPollsAgain) {
  start(1, obey);
  api_.invoke({.id = "bad", .body = "throw"});
  api_.invoke({.id = "good", .body = "echo fine"});

  const auto error = api_.wait_for_answer("bad");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->path, "/2018-06-01/runtime/invocation/bad/error");
  EXPECT_EQ(error->header("Lambda-Runtime-Function-Error-Type"), "Function.RuntimeError");
  EXPECT_EQ(error->header("Content-Type"), "application/json");
  EXPECT_EQ(error->body, R"({"errorMessage":"as told","errorType":"std::runtime_error","stackTrace":[]})");
  const auto answer = api_.wait_for_answer("good");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "fine");
}

TEST_P(Slots, R07_TwoHandlersThrowAtOnceAndEachErrorHasItsOwnId) {
  Barrier both{2};
  start(2, [&](const Payload&, Context& context) -> Payload {
    both.arrive();
    throw std::runtime_error{"of " + std::string{context.request_id()}};
  });
  api_.invoke({.id = "a"});
  api_.invoke({.id = "b"});

  for (const std::string id : {"a", "b"}) {
    const auto error = api_.wait_for_answer(id);
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->path.ends_with("/error"));
    EXPECT_NE(error->body.find("of " + id), std::string::npos);
  }
}

TEST_P(Slots, R33_AnUnknownExceptionFailsOneInvocationWhileSiblingsFinish) {
  Barrier both{2};
  start(2, [&](const Payload& event, Context&) -> Payload {
    both.arrive();
    if (event.data == "bad") throw 42;
    return event;
  });
  api_.invoke({.id = "bad", .body = "bad"});
  api_.invoke({.id = "sibling", .body = "fine"});

  const auto error = api_.wait_for_answer("bad");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->header("Lambda-Runtime-Function-Error-Type"), "Function.Int");
  const auto answer = api_.wait_for_answer("sibling");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "fine");
  EXPECT_TRUE(api_.wait_for_polls(2));
}

TEST_P(Slots, R45_SequentialInvocationsReuseTheConnection) {
  start(1, obey);
  for (int i = 0; i < 20; ++i) {
    const auto id = std::to_string(i);
    api_.invoke({.id = id, .body = "echo x"});
    ASSERT_TRUE(api_.wait_for_answer(id));
  }
  ASSERT_TRUE(api_.wait_for_polls(1));

  std::set<std::size_t> connections;
  for (const auto& request : api_.requests())
    if (request.path.find("/invocation/") != std::string::npos) connections.insert(request.connection);
  EXPECT_EQ(connections.size(), 1U);
}

LMI_FOR_BOTH_KINDS(Slots);

}  // namespace
}  // namespace lmi::test
