#include "app/exposure.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::app {
namespace {

TEST(Exposure, LoopbackAddressesAreThisMachines) {
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1"}) EXPECT_TRUE(is_loopback(address)) << address;
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::ffff:127.0.0.1", "localhost", ""})
    EXPECT_FALSE(is_loopback(address)) << address;
}

TEST(Exposure, LoopbackNeedsNothing) {
  EXPECT_FALSE(forbidden_exposure({}));
  EmulatorConfig verifying;
  verifying.verify_signatures = true;
  EXPECT_FALSE(forbidden_exposure(verifying));
}

TEST(Exposure, AnotherAddressDemandsVerificationAndKeysOfOnesOwn) {
  EmulatorConfig open;
  open.address = "0.0.0.0";
  ASSERT_TRUE(forbidden_exposure(open));
  EXPECT_NE(forbidden_exposure(open)->find("--verify-signatures"), std::string::npos);
  open.verify_signatures = true;
  ASSERT_TRUE(forbidden_exposure(open));
  EXPECT_NE(forbidden_exposure(open)->find("test/test"), std::string::npos);
  open.credentials_file = "keys";
  EXPECT_FALSE(forbidden_exposure(open));
}

TEST(Exposure, WhatIsNoAddressIsCalledThat) {
  EmulatorConfig config;
  config.address = "banana";
  ASSERT_TRUE(forbidden_exposure(config));
  EXPECT_NE(forbidden_exposure(config)->find("an IP address is needed"), std::string::npos);
}

TEST(Exposure, KeysThatNothingIsCheckedWithAreAMistake) {
  EmulatorConfig config;
  config.credentials_file = "keys";
  ASSERT_TRUE(forbidden_exposure(config));
  EXPECT_NE(forbidden_exposure(config)->find("without --verify-signatures"), std::string::npos);
}

}  // namespace
}  // namespace lmi::emulator::app
