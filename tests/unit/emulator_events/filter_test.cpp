#include "events/filter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;

json record_with(const json& body) {
  return {{"messageId", "m"}, {"body", body.is_string() ? body.get<std::string>() : body.dump()}};
}

bool passes(const std::string& pattern, const json& body) {
  const auto filter = Filter::parse({pattern});
  EXPECT_TRUE(filter) << pattern;
  return filter && filter->passes(record_with(body));
}

TEST(Filter, EachRuleDecides) {
  struct Case {
    const char* pattern;
    json body;
    bool expected;
  };
  const std::vector<Case> cases = {
      {R"({"body":{"a":["x"]}})", {{"a", "x"}}, true},
      {R"({"body":{"a":["x"]}})", {{"a", "y"}}, false},
      {R"({"body":{"a":["x","y"]}})", {{"a", "y"}}, true},
      {R"({"body":{"a":[1]}})", {{"a", 1.0}}, true},
      {R"({"body":{"a":[null]}})", {{"a", nullptr}}, true},
      {R"({"body":{"a":[null]}})", json::object(), false},
      {R"({"body":{"a":[{"prefix":"ab"}]}})", {{"a", "abc"}}, true},
      {R"({"body":{"a":[{"prefix":"ab"}]}})", {{"a", "cab"}}, false},
      {R"({"body":{"a":[{"suffix":"bc"}]}})", {{"a", "abc"}}, true},
      {R"({"body":{"a":[{"equals-ignore-case":"aBc"}]}})", {{"a", "AbC"}}, true},
      {R"({"body":{"a":[{"exists":true}]}})", {{"a", 1}}, true},
      {R"({"body":{"a":[{"exists":false}]}})", {{"a", 1}}, false},
      {R"({"body":{"a":[{"exists":false}]}})", {{"b", 1}}, true},
      {R"({"body":{"a":[{"anything-but":["x"]}]}})", {{"a", "y"}}, true},
      {R"({"body":{"a":[{"anything-but":["x"]}]}})", {{"a", "x"}}, false},
      {R"({"body":{"a":[{"anything-but":{"prefix":"x"}}]}})", {{"a", "xy"}}, false},
      {R"({"body":{"a":[{"numeric":[">",0,"<=",5]}]}})", {{"a", 5}}, true},
      {R"({"body":{"a":[{"numeric":[">",0,"<=",5]}]}})", {{"a", 0}}, false},
      {R"({"body":{"a":[{"numeric":["=",1]}]}})", {{"a", "1"}}, false},
      {R"({"body":{"a":{"b":["x"]}}})", {{"a", {{"b", "x"}}}}, true},
      {R"({"body":{"a":{"b":["x"]}}})", {{"a", "b"}}, false},
      {R"({"body":{"a":["x"],"b":[1]}})", {{"a", "x"}}, false},
      {R"({"body":{"a":["x"]}})", {{"a", {"w", "x"}}}, true},
      {R"({"body":{"$or":[{"a":[1]},{"b":[2]}]}})", {{"b", 2}}, true},
      {R"({"body":{"a":["x"]}})", "no JSON", false},
      {R"({"body":["plain"]})", "plain", true},
      {R"({"body":["plain"]})", "other", false},
  };
  for (const Case& one : cases)
    EXPECT_EQ(passes(one.pattern, one.body), one.expected) << one.pattern << one.body;
}

TEST(Filter, OneOfSeveralPatternsIsEnoughAndNoneLetsAllPass) {
  const auto two = Filter::parse({R"({"body":{"a":[1]}})", R"({"body":{"a":[2]}})"});
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->passes(record_with({{"a", 2}})));
  EXPECT_FALSE(two->passes(record_with({{"a", 3}})));
  EXPECT_TRUE(Filter{}.passes(record_with("anything")));
}

TEST(Filter, LooksIntoBodiesOfAnyDepth) {
  const auto filter = Filter::parse({R"({"body":{"a":[1]}})"});
  ASSERT_TRUE(filter);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_TRUE(filter->passes({{"messageId", "m"}, {"body", R"({"a":1,"b":)" + deep + "}"}}));
  EXPECT_FALSE(filter->passes({{"messageId", "m"}, {"body", R"({"a":)" + deep + "}"}}));
}

TEST(Filter, WhatIsNoPatternIsRefused) {
  for (const char* text :
       {"", "[]", "{}", "no JSON", R"({"body":"x"})", R"({"body":[]})", R"({"body":{}})",
        R"({"body":[{"prefix":1}]})", R"({"body":[{"unknown":"x"}]})", R"({"body":[{"numeric":["?",1]}]})",
        R"({"body":[{"numeric":[]}]})", R"({"body":[["x"]]})", R"({"$or":[]})"}) {
    EXPECT_FALSE(Filter::parse({text})) << text;
  }
}

}  // namespace
}  // namespace lmi::emulator::events
