#include "simulate.hpp"

#include "arguments.hpp"
#include "unit/cli/temp_directory.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lmi::cli {
namespace {

std::variant<Command, ExitCode> parse(std::vector<const char*> words) {
  words.insert(words.begin(), {"lmi", "simulate"});
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

SimulateOptions options_of(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  if (std::holds_alternative<ExitCode>(parsed)) throw std::runtime_error{"refused"};
  return std::get<SimulateOptions>(std::get<Command>(parsed));
}

const emulator::fleet::Catalogue catalogue{{"m7i.xlarge", "x86_64", 4, 16384, 0.2016}};

constexpr const char* small = R"({"durationSeconds": 10, "arrival": {"poisson": {"perSecond": 20}},
                                  "service": {"waitMs": 50}, "function": {"concurrency": 8}})";

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(SimulateArguments, FilesMayBeComparedWithOthers) {
  const auto options = options_of({"a.json", "--compare", "b.json", "c.json", "--mode", "fluid"});
  EXPECT_EQ(options.scenarios, (std::vector<std::filesystem::path>{"a.json", "b.json", "c.json"}));
  EXPECT_EQ(options.mode, sizing::simulate::ModeChoice::fluid);
}

TEST(SimulateArguments, SweepsMayBeRepeated) {
  const auto options =
      options_of({"a.json", "--sweep", "concurrency=4..64", "--sweep", "ratio=2,4,8", "--p99", "200"});
  EXPECT_EQ(options.sweeps, (std::vector<std::string>{"concurrency=4..64", "ratio=2,4,8"}));
  EXPECT_EQ(options.p99_ms, 200);
}

TEST(SimulateArguments, WithoutAScenarioNothingIsDone) {
  EXPECT_EQ(std::get<ExitCode>(parse({})), ExitCode::usage);
  EXPECT_EQ(std::get<ExitCode>(parse({"a.json", "--mode", "quick"})), ExitCode::usage);
}

TEST(Simulate, WritesTheFilesItIsAskedFor) {
  const test::TempDirectory directory;
  SimulateOptions options;
  options.output = OutputFormat::json;
  options.scenarios = {directory.write("small.json", small)};
  options.csv = directory.path() / "series.csv";
  options.html = directory.path() / "report.html";
  options.json = directory.path() / "all.json";

  testing::internal::CaptureStdout();
  const auto result = simulate(options, catalogue);
  const std::string printed = testing::internal::GetCapturedStdout();

  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(nlohmann::json::parse(printed).at("runs").at(0).at("label"), "small");
  EXPECT_EQ(contents(options.json), printed);
  EXPECT_EQ(contents(options.csv).substr(0, 16), "seconds,arrived,");
  EXPECT_NE(contents(options.html).find("</html>"), std::string::npos);
}

TEST(Simulate, ASweepIsRanked) {
  const test::TempDirectory directory;
  SimulateOptions options;
  options.scenarios = {directory.write("small.json", small)};
  options.sweeps = {"concurrency=1..4"};
  testing::internal::CaptureStdout();
  const auto result = simulate(options, catalogue);
  const std::string printed = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(result) << result.error().message;
  for (const char* label : {"concurrency=1", "concurrency=2", "concurrency=4"}) {
    EXPECT_NE(printed.find(label), std::string::npos) << printed;
  }
}

TEST(Simulate, CombinationsThatCannotBeDeployedAreLeftOutAndSaid) {
  const test::TempDirectory directory;
  SimulateOptions options;
  options.scenarios = {directory.write("small.json", small)};
  options.sweeps = {"concurrency=64,128", "ratio=2,4"};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto result = simulate(options, catalogue);
  const std::string printed = testing::internal::GetCapturedStdout();
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_NE(printed.find("concurrency=64 ratio=2"), std::string::npos) << printed;
  EXPECT_EQ(printed.find("ratio=4"), std::string::npos) << printed;
  EXPECT_EQ(printed.find("concurrency=128"), std::string::npos) << printed;
  EXPECT_NE(said.find("concurrency=128 ratio=2: function.concurrency: expected at most 64"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("ratio=4: function.gibPerVcpu: expected memory that is whole vCPUs"), std::string::npos)
      << said;

  options.sweeps = {"ratio=3"};
  EXPECT_FALSE(simulate(options, catalogue));
}

TEST(Simulate, AWrongScenarioIsAUsageErrorThatNamesFileAndMember) {
  const test::TempDirectory directory;
  SimulateOptions options;
  options.scenarios = {directory.write("wrong.json", R"({"durationSeconds": 0})")};
  const auto result = simulate(options, catalogue);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().exit, ExitCode::usage);
  EXPECT_NE(result.error().message.find("wrong.json: durationSeconds: expected a number"), std::string::npos)
      << result.error().message;
}

TEST(Simulate, AFileThatCannotBeWrittenIsSaidBeforeAnythingRuns) {
  const test::TempDirectory directory;
  SimulateOptions options;
  options.scenarios = {directory.write("small.json", small)};
  options.html = "/nowhere/report.html";
  testing::internal::CaptureStdout();
  const auto result = simulate(options, catalogue);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cannot write '/nowhere/report.html'");
}

TEST(Simulate, AFleetThatCannotStartIsAFailure) {
  const test::TempDirectory directory;
  SimulateOptions options;
  options.scenarios = {directory.write("none.json", small)};
  options.settings = {"provider.maxVCpuCount=2"};  // the type has four
  const auto result = simulate(options, catalogue);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().exit, ExitCode::failed);
  EXPECT_NE(result.error().message.find("none: the version failed: "), std::string::npos)
      << result.error().message;
}

}  // namespace
}  // namespace lmi::cli
