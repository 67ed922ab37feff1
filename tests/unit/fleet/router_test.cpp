#include "fleet/router.hpp"

#include "fleet/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <vector>

namespace lmi::emulator::fleet {

/// For googletest, which else names a test's parameter by its bytes.
static void PrintTo(Routing routing, std::ostream* out) {
  *out << (routing == Routing::spread ? "spread" : "pack");
}

namespace {

constexpr EnvironmentId one{1};
constexpr EnvironmentId two{2};
constexpr EnvironmentId three{3};

/// A router whose seats are known by their environments.
struct Seats {
  explicit Seats(unsigned slots, Routing routing = Routing::spread) : router{slots, routing} {}

  void open(EnvironmentId id) { seats.emplace(id, router.open(id)); }
  std::optional<EnvironmentId> take(std::vector<EnvironmentId> except = {}) {
    const auto taken = router.take(except);
    if (const auto* id = std::get_if<EnvironmentId>(&taken)) return *id;
    refusal = std::get<ThrottleReason>(taken);
    return std::nullopt;
  }
  bool release(EnvironmentId id) { return router.release(seats.at(id)); }
  unsigned in_use(EnvironmentId id) { return router.in_use(seats.at(id)); }

  Router router;
  std::map<EnvironmentId, Router::Seat> seats;
  std::optional<ThrottleReason> refusal;
};

TEST(Router, SpreadsCallsOverAllEnvironmentsBeforeDoublingUp) {
  Seats router{2};
  for (const EnvironmentId id : {one, two, three}) router.open(id);

  std::map<EnvironmentId, int> calls;
  for (int i = 0; i < 3; ++i) ++calls[router.take().value()];

  EXPECT_EQ(calls, (std::map<EnvironmentId, int>{{one, 1}, {two, 1}, {three, 1}}));
}

TEST(Router, RotatesAmongEquallyLoadedEnvironments) {
  Seats router{1};
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
  Seats router{4};
  router.open(one);
  router.open(two);
  for (int i = 0; i < 4; ++i) router.take();
  router.release(two);

  EXPECT_EQ(router.take(), two);
}

TEST(Router, PackingFillsOneEnvironmentBeforeTheNext) {
  Seats router{3, Routing::pack};
  for (const EnvironmentId id : {one, two}) router.open(id);

  std::vector<EnvironmentId> order;
  for (int i = 0; i < 6; ++i) order.push_back(router.take().value());

  EXPECT_EQ(order, (std::vector<EnvironmentId>{one, one, one, two, two, two}));
  EXPECT_EQ(router.take(), std::nullopt);
}

TEST(Router, RefusesWhenEverySlotIsTakenAndServesAgainAfterARelease) {
  Seats router{2};
  router.open(one);
  router.take();
  router.take();

  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.refusal, ThrottleReason::concurrency);
  router.release(one);
  EXPECT_EQ(router.take(), one);
}

TEST(Router, PassesOverTheEnvironmentsThatTurnedTheCallAway) {
  Seats router{2};
  for (const EnvironmentId id : {one, two}) router.open(id);

  EXPECT_EQ(router.take({one}), two);
  EXPECT_EQ(router.take({one}), two);
  EXPECT_EQ(router.take({one}), std::nullopt);
  EXPECT_EQ(router.take(), one);
}

TEST(Router, IgnoresAReleaseTooMany) {
  Seats router{1};
  router.open(one);

  EXPECT_FALSE(router.release(one));
  EXPECT_EQ(router.in_use(one), 0U);
  EXPECT_EQ(router.take(), one);
  EXPECT_EQ(router.take(), std::nullopt);
}

TEST(Router, AClosedEnvironmentGetsNoCallsButKeepsTheSlotsItHolds) {
  Seats router{2};
  router.open(one);
  router.take();
  router.router.close(router.seats.at(one));

  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.in_use(one), 1U);
  router.release(one);
  EXPECT_EQ(router.in_use(one), 0U);
  EXPECT_EQ(router.take(), std::nullopt);
}

TEST(Router, AForgottenEnvironmentTakesItsSlotsWithIt) {
  Seats router{1};
  router.open(one);
  router.take();
  router.router.forget(router.seats.at(one));
  router.open(two);

  EXPECT_EQ(router.router.in_use(), 0U);
  EXPECT_EQ(router.take(), two);
}

TEST(Router, ABlockedEnvironmentIsPassedOverAndGivesItsReasonOnlyWhenItHadASlot) {
  Seats router{1};
  for (const EnvironmentId id : {one, two}) router.open(id);
  router.router.block(router.seats.at(one), ThrottleReason::memory);

  EXPECT_EQ(router.take(), two);
  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.refusal, ThrottleReason::memory);

  router.router.unblock(router.seats.at(one));
  EXPECT_EQ(router.take(), one);
  router.router.block(router.seats.at(one), ThrottleReason::memory);
  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.refusal, ThrottleReason::concurrency);  // it has no slot to refuse
  router.release(one);
  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.refusal, ThrottleReason::memory);
}

TEST(Router, TheReasonOfMostBlockedEnvironmentsIsTheOneGiven) {
  Seats router{2};
  for (const EnvironmentId id : {one, two, three}) router.open(id);
  router.router.block(router.seats.at(one), ThrottleReason::cpu);
  for (const EnvironmentId id : {two, three}) {
    router.router.block(router.seats.at(id), ThrottleReason::disk);
  }
  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.refusal, ThrottleReason::disk);

  router.router.block(router.seats.at(three), ThrottleReason::cpu);  // another reason now
  EXPECT_EQ(router.take(), std::nullopt);
  EXPECT_EQ(router.refusal, ThrottleReason::cpu);
}

/// What a router should do, written as plainly as possible.
class PlainRouter {
 public:
  PlainRouter(unsigned slots, Routing routing) : slots_{slots}, routing_{routing} {}

  struct Entry {
    unsigned in_use = 0;
    bool open = true;
    std::optional<ThrottleReason> blocked;
  };

  /// The calls the chosen environment must have held, or why there is none.
  std::variant<unsigned, ThrottleReason> expected() const {
    std::optional<unsigned> best;
    std::array<unsigned, 4> blocked{};
    for (const auto& [id, entry] : entries) {
      if (!entry.open || entry.in_use >= slots_) continue;
      if (entry.blocked) {
        ++blocked.at(static_cast<std::size_t>(*entry.blocked));
      } else if (!best || (routing_ == Routing::spread ? entry.in_use < *best : entry.in_use > *best)) {
        best = entry.in_use;
      }
    }
    if (best) return *best;
    return static_cast<ThrottleReason>(std::max_element(blocked.begin(), blocked.end()) - blocked.begin());
  }

  std::map<EnvironmentId, Entry> entries;

 private:
  unsigned slots_;
  Routing routing_;
};

class RouterProperty : public testing::TestWithParam<Routing> {};

TEST_P(RouterProperty, DecidesAsAPlainScanDoesInRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random{seed};
    const auto slots = static_cast<unsigned>(1 + random.below(130));  // up to three words of levels
    Seats router{slots, GetParam()};
    PlainRouter plain{slots, GetParam()};
    std::uint64_t last = 0;
    const auto some = [&] {
      return std::next(plain.entries.begin(),
                       static_cast<std::ptrdiff_t>(random.below(plain.entries.size())));
    };
    for (int step = 0; step < 600; ++step) {
      const std::uint64_t what = random.below(20);
      if (what == 0 || plain.entries.empty()) {
        const EnvironmentId id{++last};
        router.open(id);
        plain.entries[id] = {};
      } else if (what == 1) {
        const auto entry = some();
        router.router.close(router.seats.at(entry->first));
        entry->second.open = false;
      } else if (what == 2) {
        const auto entry = some();
        router.router.forget(router.seats.at(entry->first));
        plain.entries.erase(entry);
      } else if (what == 3 || what == 4) {
        const auto entry = some();
        const auto reason = static_cast<ThrottleReason>(1 + random.below(3));
        router.router.block(router.seats.at(entry->first), reason);
        if (entry->second.open) entry->second.blocked = reason;
      } else if (what == 5 || what == 6) {
        const auto entry = some();
        router.router.unblock(router.seats.at(entry->first));
        entry->second.blocked.reset();
      } else if (what < 14) {
        const auto expected = plain.expected();
        const auto taken = router.take();
        ASSERT_EQ(taken.has_value(), expected.index() == 0) << "seed " << seed << " step " << step;
        if (taken) {
          PlainRouter::Entry& entry = plain.entries.at(*taken);
          ASSERT_TRUE(entry.open && !entry.blocked) << "seed " << seed << " step " << step;
          ASSERT_EQ(entry.in_use, std::get<0>(expected)) << "seed " << seed << " step " << step;
          ++entry.in_use;
        } else {
          ASSERT_EQ(router.refusal, std::get<1>(expected)) << "seed " << seed << " step " << step;
        }
      } else {
        const auto entry = some();
        const bool had_one = entry->second.in_use > 0;
        ASSERT_EQ(router.release(entry->first), had_one) << "seed " << seed << " step " << step;
        if (had_one) --entry->second.in_use;
      }
    }
    std::uint64_t total = 0;
    for (const auto& [id, entry] : plain.entries) total += entry.in_use;
    ASSERT_EQ(router.router.in_use(), total) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Routings, RouterProperty, testing::Values(Routing::spread, Routing::pack),
                         [](const auto& tested) {
                           return tested.param == Routing::spread ? "Spread" : "Pack";
                         });

}  // namespace
}  // namespace lmi::emulator::fleet
