#include "fleet/parameter_table.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lmi::emulator::fleet {
namespace {

TEST(FleetParameters, EveryRowHasAnAnswerToEveryQuestionAndANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const ParameterInfo& info : parameter_table()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.meaning.empty()) << info.name;
    EXPECT_FALSE(info.source.empty()) << info.name;
    EXPECT_FALSE(range_text(info).empty()) << info.name;
    EXPECT_FALSE(name_of(info.grade).empty()) << info.name;
  }
}

TEST(FleetParameters, DefaultsAndAwssValuesAreWithinTheirRangesAndCanBeSetFromTheirText) {
  for (const Parameters& values : {Parameters{}, Parameters::as_on_aws()}) {
    for (const ParameterInfo& info : parameter_table()) {
      Parameters set;
      EXPECT_EQ(set_parameter(set, info.name, value_text(values, info)), std::nullopt) << info.name;
      EXPECT_EQ(value_text(set, info), value_text(values, info)) << info.name;
    }
    EXPECT_EQ(inconsistency(values), std::nullopt);
  }
}

TEST(FleetParameters, NoTwoRowsSetTheSameMember) {
  for (const ParameterInfo& info : parameter_table()) {
    Parameters changed;
    // One of these differs from the default, whatever it is.
    for (const char* value : {"1s", "2s", "3", "2", "300", "pack", "cpu"}) {
      Parameters tried;
      if (!set_parameter(tried, info.name, value) && value_text(tried, info) != value_text({}, info)) {
        changed = tried;
      }
    }
    ASSERT_NE(value_text(changed, info), value_text({}, info)) << info.name;
    for (const ParameterInfo& other : parameter_table()) {
      if (other.name != info.name) {
        EXPECT_EQ(value_text(changed, other), value_text({}, other)) << info.name << " " << other.name;
      }
    }
  }
}

TEST(FleetParameters, DurationsHaveUnitsAndABareNumberIsSeconds) {
  const std::pair<const char*, std::chrono::microseconds> cases[] = {
      {"90", std::chrono::seconds{90}},      {"90s", std::chrono::seconds{90}},
      {"2min", std::chrono::minutes{2}},     {"1500ms", std::chrono::milliseconds{1500}},
      {"7us", std::chrono::microseconds{7}}, {"0", std::chrono::seconds{0}}};
  for (const auto& [text, expected] : cases) {
    Parameters parameters;
    EXPECT_EQ(set_parameter(parameters, "instance_launch_delay", text), std::nullopt) << text;
    EXPECT_EQ(parameters.instance_launch_delay, expected) << text;
  }
}

TEST(FleetParameters, ABadValueIsRefusedWithTheParameterTheValueAndTheRange) {
  Parameters parameters;
  EXPECT_EQ(set_parameter(parameters, "hot_cpu_percent", "0"),
            "Fleet parameter 'hot_cpu_percent' can't be '0'. It may be: 1 to 1000.");
  EXPECT_EQ(set_parameter(parameters, "instance_launch_delay", "11min"),
            "Fleet parameter 'instance_launch_delay' can't be '11min'. It may be: 0s to 10min.");
  EXPECT_EQ(set_parameter(parameters, "routing", "random"),
            "Fleet parameter 'routing' can't be 'random'. It may be: spread, pack.");
  for (const char* bad : {"", "-1s", "1 s", "s", "1.5s", "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_TRUE(set_parameter(parameters, "instance_launch_delay", bad)) << bad;
  }
  for (const char* bad : {"", "-1", "1x", "1.5", "4294967297"}) {
    EXPECT_TRUE(set_parameter(parameters, "reserved_vcpus", bad)) << bad;
  }
  for (const ParameterInfo& info : parameter_table()) {
    EXPECT_EQ(value_text(parameters, info), value_text({}, info)) << "a refused value was set";
  }
}

TEST(FleetParameters, AnUnknownNameIsRefusedWithWhereToLook) {
  Parameters parameters;
  EXPECT_EQ(set_parameter(parameters, "speed", "1"),
            "There is no fleet parameter 'speed'. See: lmi fleet parameters");
}

TEST(FleetParameters, WhatContradictsEachOtherIsSaid) {
  Parameters delays;
  delays.restart_delay = delays.restart_delay_limit * 2;
  EXPECT_EQ(inconsistency(delays), "Fleet parameter 'restart_delay_limit' is less than 'restart_delay'.");
  Parameters windows;
  windows.panic_window = windows.signal_window * 2;
  EXPECT_EQ(inconsistency(windows), "Fleet parameter 'panic_window' is more than 'signal_window'.");
}

}  // namespace
}  // namespace lmi::emulator::fleet
