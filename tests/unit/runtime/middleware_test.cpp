#include "counting_new.hpp"
#include "middleware/chain.hpp"
#include "support/bare_invocation.hpp"

#include <gtest/gtest.h>

#include <lmi/auth.hpp>
#include <lmi/middleware.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace lmi::middleware {
namespace {

/// Writes down what happens, and does what it is told to.
class Recorder final : public MiddlewareWithState<int> {
 public:
  Recorder(std::string name, std::vector<std::string>& log) : name_{std::move(name)}, log_{log} {}

  Decision before(const RawEvent& event, Context& context) override {
    log_.push_back(name_ + ".before " + std::string{event.data});
    of(context) += 1;
    if (throw_before) throw std::runtime_error{name_ + " cannot"};
    return decision;
  }
  void after(Context& context, Completion& completion) override {
    log_.push_back(name_ + ".after " + std::to_string(of(context)) + " " +
                   (completion.error() != nullptr ? completion.error()->type : completion.answer().data));
    if (throw_after) throw Error{.type = name_ + "Failed", .message = "afterwards"};
    if (!instead.empty()) completion.answer_instead({.data = instead});
  }

  Decision decision = go_on;
  bool throw_before = false;
  bool throw_after = false;
  std::string instead;

 private:
  std::string name_;
  std::vector<std::string>& log_;
};

class MiddlewareOrder : public testing::Test {
 protected:
  /// One invocation with the event "e" of a handler that answers "h"; what happened.
  std::vector<std::string> run() {
    auto context = invocation_.begin();
    outcome_ = {};
    pass(Chain{{&a_, &b_, &c_}}, {.data = "e", .content_type = {}}, context, outcome_, [&] {
      log_.emplace_back("handler");
      if (handler_throws_) throw Error{.type = "HandlerFailed", .message = ""};
      outcome_.answer.data = "h";
    });
    return log_;
  }

  std::vector<std::string> log_;
  Recorder a_{"a", log_};
  Recorder b_{"b", log_};
  Recorder c_{"c", log_};
  bool handler_throws_ = false;
  test::BareInvocation invocation_;
  detail::Outcome outcome_;
};

using Log = std::vector<std::string>;

TEST_F(MiddlewareOrder, BeforeInOrderThenTheHandlerThenAfterInReverse) {
  EXPECT_EQ(run(), (Log{"a.before e", "b.before e", "c.before e", "handler", "c.after 1 h", "b.after 1 h",
                        "a.after 1 h"}));
}

TEST_F(MiddlewareOrder, StateIsNewForEachInvocation) {
  run();
  log_.clear();
  EXPECT_EQ(run().back(), "a.after 1 h");
}

TEST_F(MiddlewareOrder, AnAnswerFromBeforeSkipsTheHandlerAndWhatIsFurtherIn) {
  b_.decision = Payload{.data = "from b"};
  EXPECT_EQ(run(), (Log{"a.before e", "b.before e", "a.after 1 from b"}));
  EXPECT_EQ(outcome_.answer.data, "from b");
}

TEST_F(MiddlewareOrder, AnErrorFromBeforeFailsTheInvocation) {
  b_.decision = Error{.type = "NotToday", .message = ""};
  EXPECT_EQ(run(), (Log{"a.before e", "b.before e", "a.after 1 NotToday"}));
  EXPECT_EQ(outcome_.error->type, "NotToday");
}

TEST_F(MiddlewareOrder, AnExceptionInBeforeIsTheInvocationsError) {
  c_.throw_before = true;
  EXPECT_EQ(run(), (Log{"a.before e", "b.before e", "c.before e", "b.after 1 std::runtime_error",
                        "a.after 1 std::runtime_error"}));
  EXPECT_EQ(outcome_.error->message, "c cannot");
}

TEST_F(MiddlewareOrder, AHandlersExceptionIsSeenByEveryAfter) {
  handler_throws_ = true;
  EXPECT_EQ(run(), (Log{"a.before e", "b.before e", "c.before e", "handler", "c.after 1 HandlerFailed",
                        "b.after 1 HandlerFailed", "a.after 1 HandlerFailed"}));
}

TEST_F(MiddlewareOrder, AnExceptionInAfterReplacesTheAnswerAndTheOthersStillRun) {
  b_.throw_after = true;
  EXPECT_EQ(run().back(), "a.after 1 bFailed");
  EXPECT_EQ(outcome_.error->type, "bFailed");
}

TEST_F(MiddlewareOrder, AfterMayTurnAnErrorIntoAnAnswer) {
  handler_throws_ = true;
  b_.instead = "sorry";
  EXPECT_EQ(run().back(), "a.after 1 sorry");
  EXPECT_FALSE(outcome_.error);
}

TEST_F(MiddlewareOrder, ItsStateCannotBeReachedOutside) {
  std::vector<std::string> log;
  const Recorder stranger{"stranger", log};
  auto context = invocation_.begin();
  EXPECT_THROW(static_cast<void>(a_.of(context)), std::logic_error);
  pass(Chain{{&a_}}, {}, context, outcome_, [&] {
    EXPECT_EQ(a_.of(context), 1);
    EXPECT_THROW(static_cast<void>(stranger.of(context)), std::logic_error);
  });
  EXPECT_THROW(static_cast<void>(a_.of(context)), std::logic_error);
}

/// Counts how many of it exist.
template <std::size_t Size>
struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
  std::array<char, Size> bytes{};
  static inline int alive = 0;
};

template <class State>
struct Keeper final : MiddlewareWithState<State> {
  Decision before(const RawEvent& /*event*/, Context& /*context*/) override { return go_on; }
};

TEST(MiddlewareState, IsMadeAndUnmadeOnceWhetherSmallOrLarge) {
  Keeper<Counted<100>> small;
  Keeper<Counted<4000>> large;
  test::BareInvocation invocation;
  auto context = invocation.begin();
  detail::Outcome outcome;
  pass(Chain{{&small, &large}}, {}, context, outcome, [&] {
    EXPECT_EQ(Counted<100>::alive, 1);
    EXPECT_EQ(Counted<4000>::alive, 1);
    small.of(context).bytes.fill('s');
    large.of(context).bytes.fill('l');
    EXPECT_EQ(small.of(context).bytes.back(), 's');
  });
  EXPECT_EQ(Counted<100>::alive, 0);
  EXPECT_EQ(Counted<4000>::alive, 0);
}

TEST(MiddlewareChain, RefusesNullAndTheSameObjectTwice) {
  Keeper<int> keeper;
  EXPECT_THROW((Chain{{nullptr}}), std::invalid_argument);
  EXPECT_THROW((Chain{{&keeper, &keeper}}), std::invalid_argument);
}

TEST(Allocations, MiddlewareWithSmallStateNeedsNone) {
  Keeper<int> first;
  Keeper<std::array<char, 200>> second;
  const auto handler = around([](detail::EventView, Context&, detail::Outcome&) {}, {&first, &second});
  test::BareInvocation invocation;
  auto context = invocation.begin();
  detail::Outcome outcome;

  const auto before = test::allocations();
  for (int i = 0; i < 100; ++i) handler({}, context, outcome);
  EXPECT_EQ(test::allocations() - before, 0U);
}

TEST(Authorization, TheCheckDecidesAndTheRefusalHasTheChosenForm) {
  const auto check = [](const RawEvent& event, const Context& /*context*/) { return event.data == "secret"; };
  Authorize plain{check};
  Authorize http{check, Authorize::Refusal::http_401};
  test::BareInvocation invocation;
  auto context = invocation.begin();

  EXPECT_TRUE(std::holds_alternative<GoOn>(plain.before({.data = "secret", .content_type = {}}, context)));
  EXPECT_EQ(std::get<Error>(plain.before({.data = "guess", .content_type = {}}, context)).type,
            "Unauthorized");
  EXPECT_NE(std::get<Payload>(http.before({.data = "guess", .content_type = {}}, context))
                .data.find("\"statusCode\":401"),
            std::string::npos);
}

}  // namespace
}  // namespace lmi::middleware
