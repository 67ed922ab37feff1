#include "fleet/catalogue.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::fleet {
namespace {

struct PatternCase {
  const char* pattern;
  const char* name;
  bool matches;
};

TEST(Catalogue, MatchesPatternsWithStars) {
  const PatternCase cases[] = {
      {"m7g.xlarge", "m7g.xlarge", true},
      {"m7g.xlarge", "m7g.2xlarge", false},
      {"m7g.*", "m7g.xlarge", true},
      {"m7g.*", "m7gd.xlarge", false},
      {"*.xlarge", "c6a.xlarge", true},
      {"*.xlarge", "c6a.2xlarge", false},
      {"*", "anything", true},
      {"*", "", true},
      {"", "", true},
      {"", "x", false},
      {"m*g.*large", "m7g.12xlarge", true},
      {"m*g*", "m7i.xlarge", true},
      {"c*.x*e", "c6a.xlarge", true},
      {"**", "r8g.large", true},
      {"m7g", "m7g.xlarge", false},
  };
  for (const PatternCase& c : cases)
    EXPECT_EQ(matches(c.pattern, c.name), c.matches) << c.pattern << " " << c.name;
}

TEST(Catalogue, OffersOnlyTheArchitectureAndTheAllowedTypesWithoutTheExcludedOnes) {
  const Catalogue all{{"m2.xlarge", "x86_64", 4, 16384, 0.2},
                      {"m1.xlarge", "x86_64", 4, 16384, 0.2},
                      {"c1.xlarge", "x86_64", 4, 8192, 0.2},
                      {"m1g.xlarge", "arm64", 4, 16384, 0.2}};
  const std::vector<std::string> allowed{"m*", "c1.*"};
  const std::vector<std::string> excluded{"m2.*"};

  const Catalogue some = eligible_types(all, "x86_64", allowed, excluded);

  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[0].name, "c1.xlarge");  // by name, whatever the order of the catalogue
  EXPECT_EQ(some[1].name, "m1.xlarge");
  EXPECT_EQ(eligible_types(all, "x86_64", {}, {}).size(), 3U);
}

}  // namespace
}  // namespace lmi::emulator::fleet
