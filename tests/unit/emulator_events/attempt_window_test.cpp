#include "events/attempt_window.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::events {
namespace {

using std::chrono::milliseconds;

const AttemptWindow::Limits limits{
    .start = 4, .most = 6, .delay = milliseconds{10}, .max_delay = milliseconds{35}};

TEST(AttemptWindow, GrowsWithEachSuccessUpToItsLimit) {
  AttemptWindow window{limits};
  EXPECT_TRUE(window.has_room(3));
  EXPECT_FALSE(window.has_room(4));
  for (int i = 0; i < 5; ++i) window.succeeded();
  EXPECT_EQ(window.size(), 6U);
}

TEST(AttemptWindow, AThrottleLeavesWhatStillRuns) {
  AttemptWindow window{limits};
  EXPECT_EQ(window.throttled(3), milliseconds{0});
  EXPECT_EQ(window.size(), 3U);
  EXPECT_EQ(window.throttled(2), milliseconds{0});
  EXPECT_EQ(window.size(), 2U);
}

TEST(AttemptWindow, WithNothingRunningThePauseDoublesUntilASuccess) {
  AttemptWindow window{limits};
  EXPECT_EQ(window.throttled(0), milliseconds{10});
  EXPECT_EQ(window.size(), 1U);
  EXPECT_EQ(window.throttled(0), milliseconds{20});
  EXPECT_EQ(window.throttled(0), milliseconds{35});
  EXPECT_EQ(window.throttled(0), milliseconds{35});
  window.succeeded();
  EXPECT_EQ(window.throttled(0), milliseconds{10});
}

TEST(AttemptWindow, NeverStartsAboveItsLimit) {
  AttemptWindow window{{.start = 5, .most = 2, .delay = milliseconds{1}, .max_delay = milliseconds{1}}};
  EXPECT_EQ(window.size(), 2U);
}

}  // namespace
}  // namespace lmi::emulator::events
