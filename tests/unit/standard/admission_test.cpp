#include "standard/admission.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::standard {
namespace {

using std::chrono::seconds;

class AdmissionTest : public testing::Test {
 protected:
  std::optional<Refusal> admit(const std::string& function, std::optional<unsigned> reserved = {},
                               unsigned unreserved = 2) {
    return admission_.admit(function, {reserved, unreserved}, now_);
  }

  Parameters parameters_;
  Admission admission_{parameters_};
  Time now_{seconds{1}};
};

TEST_F(AdmissionTest, FunctionsShareTheUnreservedConcurrency) {
  EXPECT_EQ(admit("a"), std::nullopt);
  EXPECT_EQ(admit("b"), std::nullopt);
  EXPECT_EQ(admit("a"), Refusal::concurrency);
  admission_.leave("b");
  EXPECT_EQ(admit("a"), std::nullopt);
  EXPECT_EQ(admission_.in_flight("a"), 2U);
}

TEST_F(AdmissionTest, ReservedConcurrencyIsACeiling) {
  EXPECT_EQ(admit("a", 1U), std::nullopt);
  EXPECT_EQ(admit("a", 1U), Refusal::reserved_concurrency);
}

TEST_F(AdmissionTest, ReservedConcurrencyIsAFloor) {
  EXPECT_EQ(admit("b", {}, 1), std::nullopt);
  EXPECT_EQ(admit("c", {}, 1), Refusal::concurrency);
  EXPECT_EQ(admit("a", 1U, 1), std::nullopt);
}

TEST_F(AdmissionTest, NothingReservedMeansNoCalls) {
  EXPECT_EQ(admit("a", 0U), Refusal::reserved_concurrency);
}

TEST_F(AdmissionTest, CallsMoveWithTheirFunctionWhenItReserves) {
  EXPECT_EQ(admit("a", {}, 2), std::nullopt);
  EXPECT_EQ(admit("a", 2U, 1), std::nullopt) << "the running call counts against the reserved part now";
  EXPECT_EQ(admit("a", 2U, 1), Refusal::reserved_concurrency);
  EXPECT_EQ(admit("b", {}, 1), std::nullopt) << "and no longer against the shared part";
  EXPECT_EQ(admit("a", {}, 4), std::nullopt) << "and back: with two of its own and one of b, four of four";
  EXPECT_EQ(admit("b", {}, 4), Refusal::concurrency);
  for (int i = 0; i < 3; ++i) admission_.leave("a");
  EXPECT_EQ(admission_.in_flight("a"), 0U);
  EXPECT_EQ(admit("b", {}, 2), std::nullopt);
}

TEST_F(AdmissionTest, TenCallsASecondForEachUnitOfConcurrency) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(admit("a", 1U), std::nullopt);
    admission_.leave("a");
  }
  EXPECT_EQ(admit("a", 1U), Refusal::reserved_call_rate);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(admit("b"), std::nullopt);
    admission_.leave("b");
  }
  EXPECT_EQ(admit("b"), Refusal::call_rate);
  now_ += seconds{1};
  EXPECT_EQ(admit("a", 1U), std::nullopt);
  EXPECT_EQ(admit("b"), std::nullopt);
}

TEST_F(AdmissionTest, EnvironmentsStartInBurstsOfAThousandEveryTenSecondsForEachFunction) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(admission_.admit_start("a", now_));
  EXPECT_FALSE(admission_.admit_start("a", now_));
  EXPECT_TRUE(admission_.admit_start("b", now_));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(admission_.admit_start("a", now_ + seconds{1}));
  EXPECT_FALSE(admission_.admit_start("a", now_ + seconds{1}));
}

TEST_F(AdmissionTest, CallsOfAForgottenFunctionStillCount) {
  EXPECT_EQ(admit("a", {}, 1), std::nullopt);
  admission_.forget("a");
  EXPECT_EQ(admit("b", {}, 1), Refusal::concurrency);
  admission_.leave("a");
  EXPECT_EQ(admit("b", {}, 1), std::nullopt);
}

}  // namespace
}  // namespace lmi::emulator::standard
