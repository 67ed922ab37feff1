#include "model/base64.hpp"
#include "model/json_text.hpp"
#include "model/pattern.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace lmi::emulator::model {
namespace {

std::string decoded(std::string_view text) {
  const auto bytes = base64_decode(text);
  return bytes ? std::string{bytes->begin(), bytes->end()} : "(not base64)";
}

TEST(Base64, DecodesTheVectorsOfRfc4648) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
}

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, RefusesWhatIsNone) {
  EXPECT_FALSE(base64_decode("Zg="));
  EXPECT_FALSE(base64_decode("Z==="));
  EXPECT_FALSE(base64_decode("Zm9v\n"));
  EXPECT_FALSE(base64_decode("Zm9*"));
  EXPECT_FALSE(base64_decode("Zg==Zg=="));
}

TEST(Pattern, MatchesTheWholeTextOnly) {
  const Pattern number{"[0-9]+"};

  EXPECT_TRUE(number.matches("42"));
  EXPECT_FALSE(number.matches("42x"));
  EXPECT_FALSE(number.matches("42\n"));
  EXPECT_FALSE(number.matches(""));
}

TEST(Pattern, KnowsUnicodeClassesAndLookBehind) {
  const Pattern tag{R"(([\p{L}\p{Z}\p{N}_.:/=+\-@]*))"};
  const Pattern bucket{R"([0-9A-Za-z\.\-_]*(?<!\.))"};

  EXPECT_TRUE(tag.matches("Größe 42"));
  EXPECT_FALSE(tag.matches("50 %"));
  EXPECT_FALSE(tag.matches("\xff"));
  EXPECT_TRUE(bucket.matches("my.bucket"));
  EXPECT_FALSE(bucket.matches("my.bucket."));
}

TEST(Pattern, RefusesABrokenExpression) {
  EXPECT_THROW(Pattern{"("}, std::invalid_argument);
}

TEST(JsonText, TakesAnyJsonValue) {
  EXPECT_FALSE(json_fault("{}"));
  EXPECT_FALSE(json_fault("\"text\""));
  EXPECT_FALSE(json_fault(" [1, 2] "));
}

TEST(JsonText, NamesTheCharacterInTheWordsOfTheService) {
  const auto fault = json_fault("\x99\x01");

  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->text,
            "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, "
            "Array, Object "
            "or token 'null', 'true' or 'false')\n at [Source: REDACTED "
            "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION`"
            " disabled); line: 1, column: 1]");
}

TEST(JsonText, NamesAByteThatIsNoUtf8WithinAToken) {
  const auto in_a_name = json_fault("n\x87r\x9e\xe9");  // recorded
  ASSERT_TRUE(in_a_name);
  EXPECT_EQ(in_a_name->text,
            "Invalid UTF-8 start byte 0x87\n at [Source: REDACTED "
            "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3]");

  const auto in_a_string = json_fault("{\"a\":\", \x87\"}");
  ASSERT_TRUE(in_a_string);
  EXPECT_EQ(in_a_string->text.rfind("Invalid UTF-8 start byte 0x87\n", 0), 0U) << in_a_string->text;

  const auto cut_short = json_fault("\"\xc3\"");
  ASSERT_TRUE(cut_short);
  EXPECT_EQ(cut_short->text.rfind("Invalid UTF-8 middle byte 0x22\n", 0), 0U) << cut_short->text;
}

TEST(JsonText, NamesLineAndColumn) {
  const auto fault = json_fault("{\n \"a\": x}");

  ASSERT_TRUE(fault);
  EXPECT_NE(fault->text.find("Unexpected character ('x' (code 120))"), std::string::npos) << fault->text;
  EXPECT_NE(fault->text.find("line: 2, column: 7"), std::string::npos) << fault->text;
}

TEST(JsonText, NamesAnEarlyEnd) {
  const auto fault = json_fault("{\"a\":");

  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->text.rfind("Unexpected end-of-input", 0), 0U) << fault->text;
}

TEST(JsonText, RefusesANumberThatNoDoubleHolds) {
  JsonFault fault;
  EXPECT_FALSE(parse_json(R"({"TargetValue":1e999})", fault));
  EXPECT_EQ(fault.text, "A number is out of range");
  ASSERT_TRUE(json_fault("-1e999"));
}

}  // namespace
}  // namespace lmi::emulator::model
