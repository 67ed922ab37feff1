#include "standard/rate.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::standard {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Rate, LetsTheBurstThroughAndNoMore) {
  Rate rate{3, seconds{1}};
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_FALSE(rate.take(Time{0}));
}

TEST(Rate, RefillsEvenlyOverTheWindow) {
  Rate rate{2, seconds{1}};
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_FALSE(rate.take(milliseconds{400}));
  EXPECT_TRUE(rate.take(milliseconds{600}));
  EXPECT_FALSE(rate.take(milliseconds{600}));
}

TEST(Rate, NeverHoldsMoreThanOneBurst) {
  Rate rate{2, seconds{1}};
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(rate.take(seconds{100}));
  EXPECT_FALSE(rate.take(seconds{100}));
}

TEST(Rate, WhatWasUsedStaysUsedWhenItIsResized) {
  Rate rate{4, seconds{1}};
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_TRUE(rate.take(Time{0}));
  rate.resize(3);
  EXPECT_TRUE(rate.take(Time{0}));
  EXPECT_FALSE(rate.take(Time{0}));
}

}  // namespace
}  // namespace lmi::emulator::standard
