#include "standard/pool.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::standard {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr GenerationId generation{1};

class PoolTest : public testing::Test {
 protected:
  PoolTest() { pool_.add(generation, "f"); }

  Pool::Route route(Limits limits = {}) { return pool_.route(generation, limits, now_); }
  EnvironmentId started(Limits limits = {}) {
    const Pool::Route way = route(limits);
    const auto* start = std::get_if<Pool::Start>(&way);
    EXPECT_TRUE(start) << "no environment was started";
    return start ? start->environment : EnvironmentId{};
  }
  EnvironmentId reused() {
    const Pool::Route way = route();
    const auto* reuse = std::get_if<Pool::Reuse>(&way);
    EXPECT_TRUE(reuse) << "no environment was reused";
    return reuse ? reuse->environment : EnvironmentId{};
  }
  Refusal refused(Limits limits) {
    const Pool::Route way = route(limits);
    const auto* refusal = std::get_if<Refusal>(&way);
    EXPECT_TRUE(refusal) << "it was not refused";
    return refusal ? *refusal : Refusal{};
  }
  bool ends(EnvironmentId id) {
    pool_.answered(id);
    return !pool_.idle(id, now_);
  }

  Pool pool_{Parameters{}};
  Time now_{seconds{1}};
};

TEST_F(PoolTest, ACallWithoutAnIdleEnvironmentStartsOne) {
  const EnvironmentId first = started();
  EXPECT_NE(started(), first);
  EXPECT_EQ(pool_.environments(), 2U);
  EXPECT_EQ(pool_.in_flight("f"), 2U);
}

TEST_F(PoolTest, TheEnvironmentUsedLastIsUsedFirst) {
  const EnvironmentId a = started();
  const EnvironmentId b = started();
  EXPECT_FALSE(ends(b));
  EXPECT_FALSE(ends(a));
  EXPECT_EQ(reused(), a);
  EXPECT_EQ(reused(), b);
}

TEST_F(PoolTest, AnEnvironmentThatAnsweredAndIsNotIdleYetGetsNoCall) {
  const EnvironmentId a = started();
  pool_.answered(a);
  EXPECT_EQ(pool_.in_flight("f"), 0U);
  started();
}

TEST_F(PoolTest, AnEnvironmentThatWasIdleForLongIsEnded) {
  const EnvironmentId a = started();
  const EnvironmentId b = started();
  ends(a);
  now_ += minutes{1};
  ends(b);
  EXPECT_EQ(pool_.next_expiry(), Time{seconds{1}} + minutes{10});
  EXPECT_TRUE(pool_.expired(Time{seconds{1}} + minutes{10} - Time{1}).empty());
  EXPECT_EQ(pool_.expired(Time{seconds{1}} + minutes{10}), std::vector{a});
  EXPECT_EQ(pool_.next_expiry(), now_ + minutes{10});
  EXPECT_EQ(reused(), b);
  EXPECT_EQ(pool_.next_expiry(), std::nullopt);
}

TEST_F(PoolTest, ACallStartsTheIdleTimeAnew) {
  const EnvironmentId a = started();
  ends(a);
  now_ += minutes{9};
  EXPECT_EQ(reused(), a);
  ends(a);
  EXPECT_EQ(pool_.next_expiry(), now_ + minutes{10});
}

TEST_F(PoolTest, AnEndedGenerationLosesItsIdleEnvironmentsAtOnceAndTheOthersAfterTheirCall) {
  const EnvironmentId idle = started();
  const EnvironmentId busy = started();
  ends(idle);
  EXPECT_EQ(pool_.end(generation), std::vector{idle});
  EXPECT_EQ(pool_.in_flight("f"), 1U);
  EXPECT_TRUE(ends(busy));
  EXPECT_EQ(pool_.in_flight("f"), 0U);
  EXPECT_EQ(pool_.next_expiry(), std::nullopt);
}

TEST_F(PoolTest, TheNewGenerationOfAFunctionGetsEnvironmentsOfItsOwnAndSharesItsLimits) {
  constexpr GenerationId next{2};
  const EnvironmentId old = started({1U, 1000});
  pool_.add(next, "f");
  pool_.end(generation);
  EXPECT_EQ(std::get<Refusal>(pool_.route(next, {1U, 1000}, now_)), Refusal::reserved_concurrency);
  ends(old);
  EXPECT_NE(std::get<Pool::Start>(pool_.route(next, {1U, 1000}, now_)).environment, old);
}

TEST_F(PoolTest, ARepeatedInitKeepsTheCallCountedOnce) {
  const EnvironmentId failed = started({1U, 1000});
  const EnvironmentId second = pool_.start_again(failed);
  EXPECT_NE(second, failed);
  EXPECT_EQ(pool_.in_flight("f"), 1U);
  pool_.gone(failed);
  EXPECT_EQ(pool_.in_flight("f"), 1U);
  EXPECT_EQ(refused({1U, 1000}), Refusal::reserved_concurrency);
  EXPECT_FALSE(ends(second));
  EXPECT_EQ(reused(), second);
}

TEST_F(PoolTest, ACrashFreesWhatTheCallHeld) {
  const EnvironmentId crashed = started({1U, 1000});
  pool_.gone(crashed);
  EXPECT_EQ(pool_.in_flight("f"), 0U);
  EXPECT_EQ(pool_.environments(), 0U);
  started({1U, 1000});
}

TEST_F(PoolTest, ADiscardedEnvironmentIsNotUsedAgain) {
  const EnvironmentId a = started();
  ends(a);
  pool_.discard(a);
  EXPECT_NE(started(), a);
  EXPECT_FALSE(pool_.idle(a, now_));
}

TEST_F(PoolTest, TooManyStartsAreRefusedAndNotCounted) {
  Parameters parameters;
  parameters.starts_per_window = 1;
  Pool pool{parameters};
  pool.add(generation, "f");
  EXPECT_TRUE(std::holds_alternative<Pool::Start>(pool.route(generation, {}, now_)));
  EXPECT_EQ(std::get<Refusal>(pool.route(generation, {}, now_)), Refusal::start_rate);
  EXPECT_EQ(pool.in_flight("f"), 1U);
  EXPECT_TRUE(std::holds_alternative<Pool::Start>(pool.route(generation, {}, now_ + seconds{10})));
}

TEST_F(PoolTest, NewsOfAnEnvironmentThatIsGoneAreHarmless) {
  const EnvironmentId a = started();
  pool_.gone(a);
  pool_.gone(a);
  pool_.answered(a);
  pool_.discard(a);
  EXPECT_FALSE(pool_.idle(a, now_));
  EXPECT_EQ(pool_.in_flight("f"), 0U);
}

TEST_F(PoolTest, ALateNewsOfIdlenessDoesNotOfferAnEnvironmentThatHasACall) {
  const EnvironmentId a = started();
  EXPECT_TRUE(pool_.idle(a, now_));
  EXPECT_NE(started(), a);
}

TEST_F(PoolTest, AKeptEnvironmentIsPreferredAndNeverExpires) {
  const EnvironmentId warm = started();
  EXPECT_FALSE(ends(warm));
  const EnvironmentId kept = pool_.start_kept(generation);
  EXPECT_TRUE(pool_.idle(kept, now_));
  EXPECT_EQ(reused(), kept);
  EXPECT_EQ(reused(), warm) << "what is kept has a call: the others are for the rest";
  EXPECT_FALSE(ends(warm));
  EXPECT_FALSE(ends(kept));
  now_ += minutes{60};
  EXPECT_EQ(pool_.expired(now_), std::vector{warm});
  EXPECT_FALSE(pool_.next_expiry());
}

TEST_F(PoolTest, CallsOfKeptEnvironmentsTakeNothingOfTheUnreservedConcurrency) {
  const EnvironmentId kept = pool_.start_kept(generation);
  pool_.idle(kept, now_);
  const Limits none{std::nullopt, 0};
  EXPECT_TRUE(std::holds_alternative<Pool::Reuse>(route(none)));
  EXPECT_EQ(pool_.in_flight("f"), 0U);
  EXPECT_EQ(refused(none), Refusal::concurrency);
  EXPECT_FALSE(ends(kept));
  EXPECT_EQ(pool_.in_flight("f"), 0U);
}

TEST_F(PoolTest, CallsOfKeptEnvironmentsCountAgainstAReservation) {
  const EnvironmentId kept = pool_.start_kept(generation);
  pool_.idle(kept, now_);
  EXPECT_EQ(refused({0, 1000}), Refusal::reserved_concurrency);
  EXPECT_TRUE(std::holds_alternative<Pool::Reuse>(route({1, 1000})));
  EXPECT_EQ(refused({1, 1000}), Refusal::reserved_concurrency);
}

TEST_F(PoolTest, AReleasedEnvironmentEndsWhenItIsIdle) {
  const EnvironmentId idle = pool_.start_kept(generation);
  const EnvironmentId busy = pool_.start_kept(generation);
  pool_.idle(busy, now_);
  EXPECT_EQ(reused(), busy);
  pool_.idle(idle, now_);
  EXPECT_TRUE(pool_.release(idle));
  EXPECT_FALSE(pool_.release(busy));
  EXPECT_TRUE(ends(busy));
}

TEST_F(PoolTest, AGenerationThatEndsNamesItsKeptEnvironmentsToo) {
  const EnvironmentId kept = pool_.start_kept(generation);
  pool_.idle(kept, now_);
  EXPECT_EQ(pool_.end(generation), std::vector{kept});
}

}  // namespace
}  // namespace lmi::emulator::standard
