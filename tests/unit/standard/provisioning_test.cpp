#include "standard/provisioning.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::standard {
namespace {

constexpr GenerationId generation{1};

class ProvisioningTest : public testing::Test {
 protected:
  /// Starts all that are missing.
  unsigned fill() {
    const unsigned missing = provisioning_.missing(generation);
    for (unsigned i = 0; i < missing; ++i) provisioning_.started(generation, EnvironmentId{++last_});
    return missing;
  }

  Provisioning provisioning_;
  std::uint64_t last_ = 0;
};

TEST_F(ProvisioningTest, WhatIsWantedIsMissingUntilItIsStarted) {
  EXPECT_EQ(provisioning_.missing(generation), 0U);
  EXPECT_TRUE(provisioning_.want(generation, 2).empty());
  EXPECT_EQ(fill(), 2U);
  EXPECT_EQ(provisioning_.missing(generation), 0U);
  EXPECT_EQ(provisioning_.ready(generation), 0U);
  provisioning_.is_ready(EnvironmentId{1});
  EXPECT_EQ(provisioning_.ready(generation), 1U);
}

TEST_F(ProvisioningTest, OneThatHadACallIsReplaced) {
  provisioning_.want(generation, 1);
  fill();
  provisioning_.is_ready(EnvironmentId{1});
  provisioning_.has_call(EnvironmentId{1});
  EXPECT_EQ(provisioning_.gone(EnvironmentId{1}), generation);
  EXPECT_EQ(provisioning_.missing(generation), 1U);
  EXPECT_FALSE(provisioning_.failed(generation));
}

TEST_F(ProvisioningTest, OneThatGoesWithoutACallIsNotReplacedUntilItIsWantedAnew) {
  provisioning_.want(generation, 2);
  fill();
  provisioning_.gone(EnvironmentId{1});
  EXPECT_TRUE(provisioning_.failed(generation));
  EXPECT_EQ(provisioning_.missing(generation), 0U);
  provisioning_.want(generation, 2);
  EXPECT_FALSE(provisioning_.failed(generation));
  EXPECT_EQ(fill(), 1U);
}

TEST_F(ProvisioningTest, OfTooManyThoseThatAreNotReadyGoFirst) {
  provisioning_.want(generation, 3);
  fill();
  provisioning_.is_ready(EnvironmentId{1});
  provisioning_.is_ready(EnvironmentId{3});
  EXPECT_EQ(provisioning_.want(generation, 2), std::vector{EnvironmentId{2}});
  EXPECT_EQ(provisioning_.want(generation, 0), (std::vector{EnvironmentId{1}, EnvironmentId{3}}));
  EXPECT_EQ(provisioning_.gone(EnvironmentId{1}), std::nullopt) << "kept no more";
  EXPECT_FALSE(provisioning_.failed(generation));
}

TEST_F(ProvisioningTest, AGenerationThatEndsWantsNothing) {
  provisioning_.want(generation, 1);
  fill();
  provisioning_.end(generation);
  EXPECT_EQ(provisioning_.gone(EnvironmentId{1}), std::nullopt);
  EXPECT_EQ(provisioning_.missing(generation), 0U);
  EXPECT_EQ(provisioning_.ready(generation), 0U);
}

}  // namespace
}  // namespace lmi::emulator::standard
