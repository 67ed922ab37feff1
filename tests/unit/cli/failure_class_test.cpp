#include "load/failure_class.hpp"

#include <gtest/gtest.h>

namespace lmi::cli::load {
namespace {

using Kind = FailureClass::Kind;

TEST(FailureClass, SuccessIsStatus200WithoutAFunctionError) {
  EXPECT_TRUE(succeeded({200, "", "", "1"}));
  EXPECT_FALSE(succeeded({200, "Unhandled", "", "{}"}));
  EXPECT_FALSE(succeeded({500, "", "", ""}));
}

TEST(FailureClass, AThrottledCallIsCountedByItsReason) {
  const Answer answer{
      429, "", "TooManyRequestsException",
      R"({"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."})"};
  EXPECT_EQ(classify(answer), (FailureClass{Kind::throttled, "ConcurrentInvocationLimitExceeded"}));
}

TEST(FailureClass, AThrottleWithoutReasonKeepsItsCode) {
  EXPECT_EQ(classify({429, "", "TooManyRequestsException:http://x", "{}"}),
            (FailureClass{Kind::throttled, "TooManyRequestsException"}));
}

TEST(FailureClass, AFunctionErrorIsCountedByItsType) {
  EXPECT_EQ(classify({200, "Unhandled", "", R"({"errorType":"Function.NotAnImage","errorMessage":"x"})"}),
            (FailureClass{Kind::function, "Function.NotAnImage"}));
  EXPECT_EQ(classify({200, "Unhandled", "", "not json"}), (FailureClass{Kind::function, "Unhandled"}));
}

TEST(FailureClass, OtherStatusesAreRejections) {
  EXPECT_EQ(classify({404, "", "ResourceNotFoundException", "{}"}),
            (FailureClass{Kind::rejected, "404 ResourceNotFoundException"}));
  EXPECT_EQ(classify({400, "", "", R"({"__type":"ValidationException"})"}),
            (FailureClass{Kind::rejected, "400 ValidationException"}));
  EXPECT_EQ(classify({502, "", "", "<html>"}), (FailureClass{Kind::rejected, "502"}));
}

}  // namespace
}  // namespace lmi::cli::load
