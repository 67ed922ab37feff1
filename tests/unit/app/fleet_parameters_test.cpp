#include "app/fleet_parameters.hpp"

#include "fleet/parameter_table.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lmi::emulator::app {
namespace {

std::string problem_with(std::string_view json) {
  const auto result = parse_fleet_parameters(json);
  const auto* problem = std::get_if<std::string>(&result);
  return problem == nullptr ? "" : *problem;
}

fleet::Parameters parsed(std::string_view json) {
  EXPECT_EQ(problem_with(json), "");
  return std::get<fleet::Parameters>(parse_fleet_parameters(json));
}

TEST(FleetParametersFile, SetsWhatItNamesAndLeavesTheRest) {
  const auto parameters =
      parsed(R"({"routing": "pack", "hot_cpu_percent": 80, "environment_lifetime": "10min"})");
  EXPECT_EQ(parameters.routing, fleet::Routing::pack);
  EXPECT_EQ(parameters.hot_cpu_percent, 80U);
  EXPECT_EQ(parameters.environment_lifetime, std::chrono::minutes{10});
  EXPECT_EQ(parameters.scaling_interval, fleet::Parameters{}.scaling_interval);
}

TEST(FleetParametersFile, AProfileIsWhereTheOthersBeginWhereverItStands) {
  const auto parameters = parsed(R"({"instance_launch_jitter_percent": 5, "profile": "aws"})");
  EXPECT_EQ(parameters.instance_launch_delay, fleet::Parameters::as_on_aws().instance_launch_delay);
  EXPECT_EQ(parameters.instance_launch_jitter_percent, 5U);
}

TEST(FleetParametersFile, EveryErrorSaysWhatIsWrong) {
  EXPECT_EQ(problem_with(R"({"hot_cpu_percent": 0})"),
            "Fleet parameter 'hot_cpu_percent' can't be '0'. It may be: 1 to 1000.");
  EXPECT_EQ(problem_with(R"({"hot_cpu_percent": 1.5})"),
            "Fleet parameter 'hot_cpu_percent' can't be '1.5'. It may be: 1 to 1000.");
  EXPECT_EQ(problem_with(R"({"hot_cpu_percent": {"a": 1}})"),
            R"(Fleet parameter 'hot_cpu_percent' can't be '{"a":1}'. It may be: 1 to 1000.)");
  EXPECT_EQ(problem_with(R"({"speed": 1})"),
            "There is no fleet parameter 'speed'. See: lmi fleet parameters");
  EXPECT_EQ(problem_with(R"({"profile": "azure"})"),
            R"('profile' can't be "azure". It may be: "local", "aws".)");
  EXPECT_EQ(problem_with(R"({"queue_length": 1, "queue_length": 2})"),
            "Fleet parameter 'queue_length' is given twice.");
  EXPECT_EQ(problem_with("[]"), "Fleet parameters are a JSON object of names and values.");
  EXPECT_EQ(problem_with("{").substr(0, 16), "This is no JSON:");
  EXPECT_EQ(problem_with(R"({"panic_window": "5min"})"),
            "Fleet parameter 'panic_window' is more than 'signal_window'.");
}

TEST(FleetParametersFile, AnUnreadableFileIsNamed) {
  const auto result = read_fleet_parameters("/nowhere/fleet.json");
  EXPECT_EQ(std::get<std::string>(result),
            "cannot read the fleet parameters from /nowhere/fleet.json: No such file or directory.\n"
            "`lmi fleet parameters` lists what such a file may hold.");
}

TEST(FleetParametersShown, BothFormsHaveEveryParameterWithAllThatIsKnownOfIt) {
  fleet::Parameters parameters;
  parameters.hot_cpu_percent = 77;
  const std::string table = fleet_parameters_table(parameters);
  const auto json = nlohmann::json::parse(fleet_parameters_json(parameters)).at("parameters");

  ASSERT_EQ(json.size(), fleet::parameter_table().size());
  std::size_t i = 0;
  for (const fleet::ParameterInfo& info : fleet::parameter_table()) {
    EXPECT_NE(table.find(std::string{info.name} + " = " + value_text(parameters, info) + "\n"),
              std::string::npos)
        << info.name;
    const auto& row = json.at(i++);
    EXPECT_EQ(row.at("name"), info.name);
    EXPECT_EQ(row.at("value"), value_text(parameters, info));
    EXPECT_EQ(row.at("range"), range_text(info));
    EXPECT_EQ(row.at("grade"), name_of(info.grade));
    EXPECT_EQ(row.at("source"), info.source);
  }
  EXPECT_NE(table.find("hot_cpu_percent = 77\n    default 95;"), std::string::npos);
  for (std::size_t at = 0; at < table.size();) {  // fits a terminal
    const std::size_t end = table.find('\n', at);
    EXPECT_LE(end - at, 100U) << table.substr(at, end - at);
    at = end + 1;
  }
}

}  // namespace
}  // namespace lmi::emulator::app
