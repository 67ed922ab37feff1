#include "middleware/chain.hpp"
#include "support/bare_invocation.hpp"

#include <gtest/gtest.h>

#include <lmi/idempotency.hpp>
#include <string>

namespace lmi::middleware {
namespace {

using namespace std::chrono_literals;
using Clock = IdempotencyStore::Clock;
using Claimed = IdempotencyStore::Claimed;

class Idempotent : public testing::Test {
 protected:
  /// Runs an invocation; `inside` is its handler, which answers with what it returns.
  detail::Outcome run(const std::string& event, const std::function<std::string()>& inside) {
    test::BareInvocation invocation;
    invocation.event.deadline_ms = 32'503'680'000'000;  // far away
    auto context = invocation.begin();
    detail::Outcome outcome;
    pass(chain_, {.data = event, .content_type = {}}, context, outcome,
         [&] { outcome.answer.data = inside(); });
    return outcome;
  }

  Clock::time_point now_{1000s};
  MemoryIdempotencyStore store_{{.capacity = 3, .time_to_live = 10s, .now = [this] { return now_; }}};
  Idempotency idempotency_{store_, key_at("/id")};
  const Chain chain_{{&idempotency_}};
};

TEST_F(Idempotent, TheSecondGetsTheFirstsAnswerAndTheHandlerRunsOnce) {
  int runs = 0;
  const auto handler = [&] { return "answer " + std::to_string(++runs); };
  EXPECT_EQ(run(R"({"id":7})", handler).answer.data, "answer 1");
  EXPECT_EQ(run(R"({"id":7,"other":true})", handler).answer.data, "answer 1");
  EXPECT_EQ(run(R"({"id":"7"})", handler).answer.data, "answer 2");  // a text is another key than a number
  EXPECT_EQ(runs, 2);
}

TEST_F(Idempotent, WhileTheFirstRunsAnotherOneFailsWithATypeOfItsOwn) {
  const auto first = run(R"({"id":7})", [&] {
    const auto second = run(R"({"id":7})", [] { return "must not run"; });
    EXPECT_EQ(second.error.value().type, "IdempotencyInProgress");
    return "first";
  });
  EXPECT_EQ(first.answer.data, "first");
}

TEST_F(Idempotent, AFailureLeavesNoTrace) {
  EXPECT_TRUE(
      run(R"({"id":7})", []() -> std::string { throw Error{.type = "Broken", .message = ""}; }).error);
  EXPECT_EQ(run(R"({"id":7})", [] { return "again"; }).answer.data, "again");
}

TEST_F(Idempotent, AnAnswerIsForgottenAfterItsTime) {
  run(R"({"id":7})", [] { return "old"; });
  now_ += 9s;
  EXPECT_EQ(run(R"({"id":7})", [] { return "new"; }).answer.data, "old");
  now_ += 1s;
  EXPECT_EQ(run(R"({"id":7})", [] { return "new"; }).answer.data, "new");
}

TEST_F(Idempotent, TheLeastRecentlyUsedAnswerGoesFirst) {
  for (const auto* event : {R"({"id":1})", R"({"id":2})", R"({"id":3})", R"({"id":1})", R"({"id":4})"})
    run(event, [] { return "first time"; });
  const auto again = [] { return "again"; };
  EXPECT_EQ(store_.size(), 3U);
  EXPECT_EQ(run(R"({"id":1})", again).answer.data, "first time");
  EXPECT_EQ(run(R"({"id":2})", again).answer.data, "again");
}

TEST_F(Idempotent, AnEventWithoutTheKeyFails) {
  EXPECT_EQ(run("{}", [] { return ""; }).error.value().type, "IdempotencyKeyMissing");
  EXPECT_EQ(run("no json", [] { return ""; }).error.value().type, "IdempotencyKeyMissing");
  EXPECT_THROW(key_at("no pointer"), std::invalid_argument);
}

TEST(MemoryStore, AnOverdueClaimIsTakenOverAndItsLateAnswerIgnored) {
  Clock::time_point now{1000s};
  MemoryIdempotencyStore store{{.now = [&] { return now; }}};
  const auto slow = std::get<Claimed>(store.claim("key", now + 1s));
  EXPECT_TRUE(std::holds_alternative<IdempotencyStore::InProgress>(store.claim("key", now + 1s)));
  now += 1s;
  const auto heir = std::get<Claimed>(store.claim("key", now + 1s));

  store.complete("key", slow.ticket, {.data = "late"});
  store.release("key", slow.ticket);
  store.complete("key", heir.ticket, {.data = "right"});

  EXPECT_EQ(std::get<Payload>(store.claim("key", now)).data, "right");
}

TEST(MemoryStore, KeepsNoMoreBytesThanAllowed) {
  MemoryIdempotencyStore store{{.capacity_bytes = 1000}};
  for (int i = 0; i < 10; ++i) {
    const auto key = std::to_string(i);
    store.complete(key, std::get<Claimed>(store.claim(key, Clock::time_point::max())).ticket,
                   {.data = std::string(300, 'x')});
  }
  EXPECT_EQ(store.size(), 3U);
}

}  // namespace
}  // namespace lmi::middleware
