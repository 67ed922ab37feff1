#include "app/names.hpp"

#include "app/instance_catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

namespace lmi::emulator::app {
namespace {

TEST(Names, UpToSixSubnetsAreInAsManyZones) {
  std::vector<std::string> subnets;
  for (int i = 0; i < 6; ++i) subnets.push_back("subnet-0" + std::to_string(i * 7919));
  const auto zones = zones_of_subnets(subnets, "eu-west-1");
  EXPECT_EQ(std::set<std::string>(zones.begin(), zones.end()).size(), 6U);
  for (const std::string& zone : zones)
    EXPECT_TRUE(std::regex_match(zone, std::regex{"eu-west-1[a-f]"})) << zone;
}

TEST(Names, ASubnetHasTheSameZoneWhateverItsPlaceInTheRequest) {
  const auto forth = zones_of_subnets({"subnet-1", "subnet-2", "subnet-3"}, "us-east-1");
  auto back = zones_of_subnets({"subnet-3", "subnet-2", "subnet-1"}, "us-east-1");
  std::reverse(back.begin(), back.end());
  EXPECT_EQ(forth, back);
}

TEST(Names, TheSameSubnetTwiceIsOneZone) {
  const auto zones = zones_of_subnets({"subnet-1", "subnet-1"}, "us-east-1");
  EXPECT_EQ(zones[0], zones[1]);
}

TEST(Names, MoreSubnetsThanZonesShareThem) {
  std::vector<std::string> subnets;
  for (int i = 0; i < 16; ++i) subnets.push_back("subnet-" + std::to_string(i));
  EXPECT_EQ(zones_of_subnets(subnets, "us-east-1").size(), 16U);
}

TEST(Names, LookLikeAwss) {
  NameSource names{1};
  EXPECT_TRUE(std::regex_match(names.instance_id(), std::regex{"i-[0-9a-f]{17}"}));
  EXPECT_TRUE(std::regex_match(names.environment_id(), std::regex{"ee-[0-9a-f]{16}"}));
  EXPECT_NE(names.environment_id(), names.environment_id());
  EXPECT_EQ(log_stream(std::chrono::system_clock::time_point{std::chrono::seconds{1'700'000'000}},
                       "$LATEST.PUBLISHED", "ee-1"),
            "2023/11/14/[$LATEST.PUBLISHED]ee-1");
}

TEST(Names, PartsOfAnArn) {
  const ArnParts parts = parts_of_arn("arn:aws:lambda:eu-west-1:123456789012:function:hello:1");
  EXPECT_EQ(parts.region, "eu-west-1");
  EXPECT_EQ(parts.account_id, "123456789012");
  EXPECT_EQ(parts_of_arn("hello").region, "");
}

TEST(InstanceCatalogue, HoldsTypesOfBothArchitecturesWithSizesAndPrices) {
  const fleet::Catalogue catalogue = built_in_catalogue();
  EXPECT_GE(catalogue.size(), 400U);  // "more than 400 types"
  std::set<std::string> names;
  for (const fleet::InstanceType& type : catalogue) {
    EXPECT_TRUE(type.architecture == "x86_64" || type.architecture == "arm64") << type.name;
    EXPECT_GE(type.vcpus, 1U) << type.name;
    EXPECT_GE(type.memory_mb, 2048U) << type.name;
    names.insert(type.name);
  }
  EXPECT_EQ(names.size(), catalogue.size());
  const auto m7g =
      std::find_if(catalogue.begin(), catalogue.end(), [](const auto& t) { return t.name == "m7g.xlarge"; });
  ASSERT_NE(m7g, catalogue.end());
  EXPECT_EQ(m7g->vcpus, 4U);
  EXPECT_EQ(m7g->memory_mb, 16384U);
  EXPECT_EQ(m7g->architecture, "arm64");
}

}  // namespace
}  // namespace lmi::emulator::app
