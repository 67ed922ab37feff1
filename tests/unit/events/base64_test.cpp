#include "lmi/base64.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace lmi {
namespace {

TEST(Base64, TheVectorsOfRfc4648) {
  const std::array<std::pair<const char*, const char*>, 7> vectors{{{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    ASSERT_TRUE(base64_decode(text)) << text;
    EXPECT_EQ(*base64_decode(text), bytes);
  }
}

TEST(Base64, EveryByteAtEveryPlaceComesBack) {
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
    bytes += 'x';  // shifts the next round by one
    const auto text = base64_encode(bytes);
    EXPECT_EQ(text.size(), (bytes.size() + 2) / 3 * 4);
    ASSERT_TRUE(base64_decode(text));
    EXPECT_EQ(*base64_decode(text), bytes);
  }
  EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
}

TEST(Base64, WhatIsNotBase64IsAnErrorThatSaysWhere) {
  const std::array<std::pair<const char*, const char*>, 11> cases{
      {{"Zm9v\n", "not base64 at byte 4"},
       {"Zm9 YmFy", "not base64 at byte 3"},
       {"Zm9v\r\nYg==", "not base64 at byte 4"},
       {"-_8=", "not base64 at byte 0"},
       {"Zg", "wrong padding at byte 0"},
       {"Zg=", "not base64 at byte 2"},
       {"=", "not base64 at byte 0"},
       {"====", "not base64 at byte 0"},
       {"Zg==Zg==", "not base64 at byte 2"},
       {"Zh==", "unused bits set before the padding, at byte 0"},
       {"Zm9=", "unused bits set before the padding, at byte 0"}}};
  for (const auto& [text, message] : cases) {
    const auto decoded = base64_decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().type, "InvalidBase64");
    EXPECT_EQ(decoded.error().message, message) << text;
  }
}

}  // namespace
}  // namespace lmi
