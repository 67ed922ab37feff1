#include "observe/cbor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <string>

namespace lmi::emulator::observe::cbor {
namespace {

using nlohmann::json;

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

struct Sample {
  const char* name;
  std::string encoded;
  json decoded;

  friend void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.name; }
};

class CborDecode : public testing::TestWithParam<Sample> {};

TEST_P(CborDecode, ReadsTheExamplesOfTheRfc) {
  const auto value = decode(GetParam().encoded);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, GetParam().decoded);
}

// RFC 8949, appendix A.
INSTANTIATE_TEST_SUITE_P(
    Rfc8949, CborDecode,
    testing::Values(Sample{"Zero", bytes({0x00}), 0}, Sample{"OneByte", bytes({0x18, 0x64}), 100},
                    Sample{"FourBytes", bytes({0x1a, 0x00, 0x0f, 0x42, 0x40}), 1000000},
                    Sample{"Negative", bytes({0x38, 0x63}), -100},
                    Sample{"HalfFloat", bytes({0xf9, 0x3e, 0x00}), 1.5},
                    Sample{"SmallHalfFloat", bytes({0xf9, 0x00, 0x01}), 5.960464477539063e-8},
                    Sample{"Float", bytes({0xfa, 0x47, 0xc3, 0x50, 0x00}), 100000.0},
                    Sample{"Double", bytes({0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a}), 1.1},
                    Sample{"False", bytes({0xf4}), false}, Sample{"Null", bytes({0xf6}), nullptr},
                    Sample{"Time", bytes({0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0}), 1363896240},
                    Sample{"FractionalTime",
                           bytes({0xc1, 0xfb, 0x41, 0xd4, 0x52, 0xd9, 0xec, 0x20, 0x00, 0x00}), 1363896240.5},
                    Sample{"Text", "\x64IETF", "IETF"},
                    Sample{"TextInChunks", "\x7f\x65strea\x64ming\xff", "streaming"},
                    Sample{"Array", bytes({0x83, 0x01, 0x82, 0x02, 0x03, 0x80}),
                           json::array({1, json::array({2, 3}), json::array()})},
                    Sample{"ArrayWithoutLength", bytes({0x9f, 0x01, 0x02, 0xff}), json::array({1, 2})},
                    Sample{"Map", bytes({0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x80}),
                           json{{"a", 1}, {"b", json::array()}}},
                    Sample{"MapWithoutLength", bytes({0xbf, 0x61, 0x61, 0x01, 0xff}), json{{"a", 1}}}),
    [](const auto& sample) { return sample.param.name; });

TEST(Cbor, RefusesWhatIsCutOffAtAnyByte) {
  const std::string whole = encode({{"Names", {"a", "bc"}}, {"Timestamp", 1363896240.5}}, {"Timestamp"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view{whole}.substr(0, size))) << size;
  }
  EXPECT_TRUE(decode(whole));
  EXPECT_FALSE(decode(whole + '\0')) << "more after the value";
}

TEST(Cbor, RefusesWhatItsCallersNeverNeed) {
  EXPECT_FALSE(decode(bytes({0x41, 0x00}))) << "bytes";
  EXPECT_FALSE(decode(bytes({0xa1, 0x01, 0x02}))) << "a key that is a number";
  EXPECT_FALSE(decode(bytes({0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})))
      << "under every integer";
  EXPECT_FALSE(decode(bytes({0xff}))) << "an end without a beginning";
  EXPECT_FALSE(decode(bytes({0x1c}))) << "a reserved length";
  EXPECT_FALSE(decode("\x7f\x61\x61\x01\xff")) << "a number among a text's chunks";
}

TEST(Cbor, CountsThatNothingFollowsCostNothing) {
  EXPECT_FALSE(decode(bytes({0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00})));
  EXPECT_FALSE(decode(bytes({0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x61})));
}

TEST(Cbor, NestingIsLimited) {
  EXPECT_TRUE(decode(std::string(32, '\x81') + '\0'));
  EXPECT_FALSE(decode(std::string(33, '\x81') + '\0'));
  EXPECT_FALSE(decode(std::string(1'000'000, '\x81')));
  EXPECT_FALSE(decode(std::string(1'000'000, '\xc1')));
}

TEST(Cbor, TimesAreTagged) {
  EXPECT_EQ(encode({{"Timestamp", 1.5}}, {"Timestamp"}),
            "\xa1\x69Timestamp" + bytes({0xc1, 0xfa, 0x3f, 0xc0, 0x00, 0x00}));
  EXPECT_EQ(encode({{"Timestamps", {1}}}, {"Timestamps"}), "\xa1\x6aTimestamps" + bytes({0x81, 0xc1, 0x01}));
  EXPECT_EQ(encode({{"Values", {1}}}, {"Timestamps"}), "\xa1\x66Values" + bytes({0x81, 0x01}));
}

TEST(Cbor, WhatIsWrittenIsReadAgain) {
  json list = json::array();
  for (int i = 0; i < 1000; ++i) list.push_back({{"Name", std::string(30, 'x')}, {"Value", i / 7.0}});
  const json value{{"Metrics", list}, {"Empty", json::object()}, {"Is", true}, {"Not", nullptr}};
  EXPECT_EQ(decode(encode(value, {})), value);
}

}  // namespace
}  // namespace lmi::emulator::observe::cbor
