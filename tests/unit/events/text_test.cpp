#include "core/json_text.hpp"
#include "events/percent.hpp"
#include "lmi/events/time.hpp"
#include "lmi/http_fields.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace lmi {
namespace {

using events::percent_decode;
using events::Plus;
using std::chrono::sys_days;
using namespace std::chrono_literals;

TEST(Percent, DecodesAndLeavesAloneWhatIsNoEscape) {
  EXPECT_EQ(percent_decode("/a%20b%2Fc%2fd"), "/a b/c/d");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
  EXPECT_EQ(percent_decode("%2541"), "%41");  // once, not twice
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b%2B", Plus::space), "a b+");
  EXPECT_EQ(percent_decode("%00%FF"), std::string({'\0', '\xFF'}));
}

TEST(Percent, EncodingAPathIsUndoneByDecoding) {
  std::string every_byte = "/";
  for (int value = 0; value < 256; ++value) every_byte += static_cast<char>(value);
  const auto encoded = events::percent_encode_path(every_byte);
  EXPECT_EQ(percent_decode(encoded), every_byte);
  EXPECT_EQ(encoded.find_first_of(" ?#\"<>\x7f"), std::string::npos);
  EXPECT_EQ(events::percent_encode_path("/a b/100%/ä"), "/a%20b/100%25/%C3%A4");
}

TEST(Percent, AQueryKeepsOrderRepetitionsAndEmptyValues) {
  const HttpQuery expected{{"a", "1"}, {"b", ""}, {"a", "2 3"}, {"c=d", "&="}, {"", "x"}};
  EXPECT_EQ(events::parse_query("a=1&b&&a=2+3&c%3Dd=%26=&=x"), expected);
  EXPECT_TRUE(events::parse_query("").empty());
}

TEST(HttpFields, NamesMatchInAnySpelling) {
  HttpFields fields{{"Accept", "a"}, {"X-Id", "1"}, {"accept", "b"}};
  EXPECT_EQ(fields.get("ACCEPT"), "a");
  EXPECT_EQ(fields.get_all("accept"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_FALSE(fields.get("accept-encoding"));
  fields.set("ACCEPT", "c");
  EXPECT_EQ(fields, (HttpFields{{"X-Id", "1"}, {"ACCEPT", "c"}}));
  fields.remove("x-ID");
  EXPECT_EQ(fields.size(), 1U);
}

TEST(HttpFields, QueryNamesAreCaseSensitive) {
  const HttpQuery query{{"a", "1"}, {"A", "2"}};
  EXPECT_EQ(query.get("A"), "2");
  EXPECT_EQ(query.get_all("a"), (std::vector<std::string_view>{"1"}));
}

TEST(EventTime, ReadsWhatAwsSends) {
  const EventTime day{sys_days{std::chrono::year{2015} / 6 / 3}};
  EXPECT_EQ(parse_event_time("2015-06-03T17:43:27.123Z"), day + 17h + 43min + 27s + 123ms);
  EXPECT_EQ(parse_event_time("2015-06-03T17:43:27Z"), day + 17h + 43min + 27s);
  EXPECT_EQ(parse_event_time("2015-06-03T17:43:27.1Z"), day + 17h + 43min + 27s + 100ms);
  EXPECT_EQ(parse_event_time("2015-06-03T17:43:27.123999Z"), day + 17h + 43min + 27s + 123ms);
  EXPECT_EQ(parse_event_time("2015-06-03T01:00:00+02:30"), day - 90min);
  EXPECT_EQ(parse_event_time("2015-06-03T01:00:00-02:30"), day + 210min);
  EXPECT_EQ(parse_event_time("1970-01-01T00:00:00.000Z"), EventTime{});
}

TEST(EventTime, RefusesEverythingElse) {
  for (const auto* text : {"", "2015", "2015-06-03", "2015-06-03T17:43:27", "2015-06-03 17:43:27Z",
                           "2015-13-03T17:43:27Z", "2015-02-29T00:00:00Z", "2015-06-03T24:00:00Z",
                           "2015-06-03T17:60:27Z", "2015-06-03T17:43:27.Z", "2015-06-03T17:43:27Zx",
                           "2015-06-03T17:43:27+1", "2015-06-03T17:43:27+24:00", "aaaa-06-03T17:43:27Z"}) {
    EXPECT_FALSE(parse_event_time(text)) << text;
  }
}

TEST(JsonText, KnowsUtf8) {
  for (const std::string_view good : {"", "plain", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x7F"}) {
    EXPECT_TRUE(core::is_utf8(good)) << good;
  }
  EXPECT_TRUE(core::is_utf8(std::string(3, '\0')));
  for (const std::string_view bad :
       {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\x80"}) {
    EXPECT_FALSE(core::is_utf8(bad));
  }
}

}  // namespace
}  // namespace lmi
