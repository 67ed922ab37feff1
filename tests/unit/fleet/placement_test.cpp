#include "fleet/placement.hpp"

#include "unit/fleet/fleet_world.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::fleet {
namespace {

const Parameters parameters;

TEST(Placement, SizesAnEnvironmentByMemoryAndRatio) {
  EXPECT_EQ(environment_size(2048, 2.0), (Resources{1000, 2048}));
  EXPECT_EQ(environment_size(8192, 4.0), (Resources{2000, 8192}));
  EXPECT_EQ(environment_size(32768, 2.0), (Resources{16000, 32768}));
  EXPECT_EQ(environment_size(5120, 2.0), (Resources{2500, 5120}));
}

TEST(Placement, GivesAnEnvironmentAtLeastOneVcpu) {
  EXPECT_EQ(environment_size(2048, 8.0).millivcpus, 1000U);
}

TEST(Placement, KeepsOneVcpuAndOneGigabyteOfEachInstance) {
  const InstanceType xlarge{"m.xlarge", "x86_64", 4, 16384, {}};
  const InstanceType compute{"c.xlarge", "x86_64", 4, 8192, {}};
  const InstanceType large{"m.large", "x86_64", 2, 8192, {}};

  EXPECT_EQ(environments_per_instance(xlarge, environment_size(2048, 2.0), parameters), 3U);   // vCPU decides
  EXPECT_EQ(environments_per_instance(xlarge, environment_size(4096, 2.0), parameters), 1U);   // 3 / 2 vCPU
  EXPECT_EQ(environments_per_instance(compute, environment_size(4096, 4.0), parameters), 1U);  // 7 / 4 GB
  EXPECT_EQ(environments_per_instance(compute, environment_size(8192, 8.0), parameters), 0U);  // 7 GB < 8 GB
  EXPECT_EQ(environments_per_instance(large, environment_size(4096, 2.0), parameters), 0U);    // 1 vCPU < 2
}

TEST(Placement, ReservingEverythingLeavesNothing) {
  const InstanceType tiny{"t.tiny", "x86_64", 1, 1024, {}};
  EXPECT_EQ(usable(tiny, parameters), Resources{});
}

struct TypeCase {
  const char* what;
  unsigned memory_mb;
  double ratio;
  unsigned vcpu_limit;
  const char* expected;  // nullptr: none
};

TEST(Placement, ChoosesTheSmallestUsualTypeAndOfThoseTheCheapestPerEnvironment) {
  const TypeCase cases[] = {
      {"three fit either xlarge: the cheaper", 2048, 2.0, 400, "c1.xlarge"},
      {"one against three: cheaper per environment", 4096, 4.0, 400, "m1.xlarge"},
      {"only two vCPU left under the cap", 2048, 2.0, 2, "m1.large"},
      {"nothing left under the cap", 2048, 2.0, 1, nullptr},
      {"a large environment needs the next size", 8192, 2.0, 400, "m1.2xlarge"},
      {"16 vCPU do not fit 16 vCPU", 32768, 2.0, 400, "m1.12xlarge"},
      {"and not under a cap of 47", 32768, 2.0, 47, nullptr},
  };
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", {}, {});
  for (const TypeCase& c : cases) {
    const InstanceType* chosen =
        choose_type(types, environment_size(c.memory_mb, c.ratio), c.vcpu_limit, parameters);
    EXPECT_EQ(chosen == nullptr ? "none" : chosen->name, c.expected == nullptr ? "none" : c.expected)
        << c.what;
  }
}

TEST(Placement, TakesATypeOfUnknownPriceOnlyWhenThereIsNoOther) {
  const std::vector<std::string> only{"m9.*"};
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", only, {});
  const InstanceType* chosen = choose_type(types, environment_size(2048, 2.0), 400, parameters);
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(chosen->name, "m9.xlarge");
}

PlanRequest request_for(unsigned count, const Catalogue& types) {
  return {.environment = environment_size(2048, 2.0),
          .count = count,
          .zones = {{"a", 0, true}, {"b", 0, true}, {"c", 0, true}},
          .instances = {},
          .types = types,
          .free_vcpus = 400};
}

TEST(Placement, OpensOneInstanceInEachZoneFirst) {
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", {}, {});

  const Plan plan = plan_environments(request_for(9, types), parameters);

  ASSERT_EQ(plan.launches.size(), 3U);  // nine environments fill three xlarges
  EXPECT_EQ(plan.launches[0].zone, "a");
  EXPECT_EQ(plan.launches[1].zone, "b");
  EXPECT_EQ(plan.launches[2].zone, "c");
  EXPECT_EQ(plan.spots.size(), 9U);
}

TEST(Placement, UsesTheFullestInstanceOfAZoneThatStillHoldsOne) {
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", {}, {});
  PlanRequest request = request_for(1, types);
  request.instances = {{InstanceId{1}, "a", {3000, 8000}},
                       {InstanceId{2}, "a", {1000, 8000}},
                       {InstanceId{3}, "a", {1000, 1000}},
                       {InstanceId{4}, "b", {1000, 8000}}};

  const Plan plan = plan_environments(request, parameters);

  EXPECT_TRUE(plan.launches.empty());
  EXPECT_EQ(plan.spots, std::vector<Plan::Spot>{InstanceId{2}});
}

TEST(Placement, FillsOtherZonesWhenTheCapForbidsAnInstance) {
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", {}, {});
  PlanRequest request = request_for(6, types);
  request.free_vcpus = 9;  // two xlarges: no third instance, not even the smallest

  const Plan plan = plan_environments(request, parameters);

  EXPECT_EQ(plan.launches.size(), 2U);
  EXPECT_EQ(plan.spots.size(), 6U);
}

TEST(Placement, PlansAsFarAsThereIsRoom) {
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", {}, {});
  PlanRequest request = request_for(4, types);
  request.free_vcpus = 4;
  EXPECT_EQ(plan_environments(request, parameters).spots.size(), 3U);
}

TEST(Placement, UsesAZoneThatIsNotPreferredOnlyWhenTheOthersAreFull) {
  const Catalogue types = eligible_types(test::small_catalogue(), "x86_64", {}, {});
  PlanRequest request = request_for(4, types);
  request.zones = {{"a", 0, false}, {"b", 0, true}};
  request.instances = {{InstanceId{1}, "a", {9000, 30000}}, {InstanceId{2}, "b", {2000, 30000}}};
  request.free_vcpus = 0;

  const Plan plan = plan_environments(request, parameters);

  EXPECT_EQ(plan.spots,
            (std::vector<Plan::Spot>{InstanceId{2}, InstanceId{2}, InstanceId{1}, InstanceId{1}}));
}

}  // namespace
}  // namespace lmi::emulator::fleet
