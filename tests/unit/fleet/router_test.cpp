#include "fleet/router.hpp"

#include <gtest/gtest.h>

#include <map>

namespace lmi::emulator::fleet {
namespace {

constexpr EnvironmentId one{1};
constexpr EnvironmentId two{2};
constexpr EnvironmentId three{3};

TEST(Router, SpreadsCallsOverAllEnvironmentsBeforeDoublingUp) {
  Router router{2};
  for (const EnvironmentId id : {one, two, three}) router.open(id);

  std::map<EnvironmentId, int> calls;
  for (int i = 0; i < 3; ++i) ++calls[router.take().value()];

  EXPECT_EQ(calls, (std::map<EnvironmentId, int>{{one, 1}, {two, 1}, {three, 1}}));
}

TEST(Router, RotatesAmongEquallyLoadedEnvironments) {
  Router router{1};
  for (const EnvironmentId id : {one, two, three}) router.open(id);

  std::map<EnvironmentId, int> calls;
  for (int i = 0; i < 9; ++i) {  // one call at a time: always three equals
    const EnvironmentId id = router.take().value();
    ++calls[id];
    router.release(id);
  }

  EXPECT_EQ(calls, (std::map<EnvironmentId, int>{{one, 3}, {two, 3}, {three, 3}}));
}

TEST(Router, PrefersTheLeastLoaded) {
  Router router{4};
  router.open(one);
  router.open(two);
  for (int i = 0; i < 4; ++i) router.take();
  router.release(two);

  EXPECT_EQ(router.take(), two);
}

TEST(Router, RefusesWhenEverySlotIsTakenAndServesAgainAfterARelease) {
  Router router{2};
  router.open(one);
  router.take();
  router.take();

  EXPECT_EQ(router.take(), std::nullopt);
  router.release(one);
  EXPECT_EQ(router.take(), one);
}

TEST(Router, PassesOverTheEnvironmentsThatTurnedTheCallAway) {
  Router router{2};
  for (const EnvironmentId id : {one, two}) router.open(id);
  const EnvironmentId except[] = {one};

  EXPECT_EQ(router.take(except), two);
  EXPECT_EQ(router.take(except), two);
  EXPECT_EQ(router.take(except), std::nullopt);
  EXPECT_EQ(router.take(), one);
}

TEST(Router, IgnoresAReleaseTooMany) {
  Router router{1};
  router.open(one);
  router.release(one);
  router.release(two);

  EXPECT_EQ(router.in_use(one), 0U);
  EXPECT_EQ(router.take(), one);
  EXPECT_EQ(router.take(), std::nullopt);
}

TEST(Router, AClosedEnvironmentGetsNoCallsButKeepsTheSlotsItHolds) {
  Router router{2};
  router.open(one);
  router.take();
  router.close(one);

  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.in_use(one), 1U);
  router.release(one);
  EXPECT_EQ(router.in_use(one), 0U);
  EXPECT_EQ(router.take(), std::nullopt);
}

TEST(Router, AForgottenEnvironmentTakesItsSlotsWithIt) {
  Router router{1};
  router.open(one);
  router.take();
  router.forget(one);
  router.open(two);

  EXPECT_EQ(router.in_use(one), 0U);
  EXPECT_EQ(router.take(), two);
}

}  // namespace
}  // namespace lmi::emulator::fleet
