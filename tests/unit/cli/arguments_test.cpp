#include "arguments.hpp"

#include "up_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace lmi::cli {
namespace {

using testing::HasSubstr;

std::variant<Command, ExitCode> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "lmi");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

template <class Options>
Options parse_as(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  if (std::holds_alternative<ExitCode>(parsed)) throw std::runtime_error{"refused"};
  return std::get<Options>(std::get<Command>(parsed));
}

ExitCode exit_code_of(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  if (std::holds_alternative<Command>(parsed)) throw std::runtime_error{"accepted"};
  return std::get<ExitCode>(parsed);
}

TEST(Arguments, UpReadsAllOfTheEmulatorsConfiguration) {
  const auto up = parse_as<UpOptions>({"up",
                                       "--port",
                                       "0",
                                       "--state",
                                       "/x/s.db",
                                       "--bind",
                                       "127.0.0.2",
                                       "--region",
                                       "eu-west-1",
                                       "--account",
                                       "123456789012",
                                       "--repoll-grace",
                                       "0",
                                       "--opt",
                                       "/opt2",
                                       "--log-level",
                                       "debug",
                                       "--output",
                                       "json",
                                       "--idle-time",
                                       "5",
                                       "--account-concurrency",
                                       "20",
                                       "--realistic"})
                      .emulator;
  EXPECT_EQ(up.port, 0);
  EXPECT_EQ(up.state_file, "/x/s.db");
  EXPECT_EQ(up.address, "127.0.0.2");
  EXPECT_EQ(up.region, "eu-west-1");
  EXPECT_EQ(up.account_id, "123456789012");
  EXPECT_EQ(up.repoll_grace, std::chrono::milliseconds{0});
  EXPECT_EQ(up.opt_root, "/opt2");
  EXPECT_EQ(up.idle_time, std::chrono::seconds{5});
  EXPECT_EQ(up.account_concurrency, 20U);
  EXPECT_EQ(up.log_level, "debug");
  EXPECT_TRUE(up.json_output);
  EXPECT_TRUE(up.realistic);
}

TEST(Arguments, UpHasDefaultsThatWorkOnALaptop) {
  const auto up = parse_as<UpOptions>({"up"}).emulator;
  EXPECT_EQ(up.port, 9400);
  EXPECT_EQ(up.address, "127.0.0.1");
  EXPECT_EQ(up.state_file, default_state_file());
  EXPECT_FALSE(up.json_output);
  EXPECT_FALSE(up.realistic);
}

TEST(Arguments, UpReadsWhatStandsInForOtherServices) {
  const auto up = parse_as<UpOptions>({"up", "--realistic", "--sink", "arn:a=file:/x/a", "--sink",
                                       "arn:b=http://h:1/p", "--sqs-endpoint", "http://127.0.0.1:9324",
                                       "--s3-endpoint", "http://127.0.0.1:9000/s3", "--enforce-url-policies"})
                      .emulator;
  EXPECT_TRUE(up.realistic);
  ASSERT_EQ(up.sinks.size(), 2U);
  EXPECT_TRUE(up.sinks.contains("arn:a"));
  ASSERT_TRUE(up.sqs_endpoint);
  EXPECT_EQ(up.sqs_endpoint->port, 9324);
  ASSERT_TRUE(up.s3_endpoint);
  EXPECT_EQ(up.s3_endpoint->target, "/s3");
  EXPECT_TRUE(up.enforces_url_policies);
}

TEST(Arguments, AnEmptyStateNameKeepsNothing) {
  EXPECT_TRUE(parse_as<UpOptions>({"up", "--state", ""}).emulator.state_file.empty());
}

TEST(Arguments, StateFileFollowsXdg) {
  setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(default_state_file(), "/state/lmi/state.db");
  setenv("XDG_STATE_HOME", "relative", 1);
  setenv("HOME", "/home/ada", 1);
  EXPECT_EQ(default_state_file(), "/home/ada/.local/state/lmi/state.db");
  unsetenv("XDG_STATE_HOME");
}

TEST(Arguments, DeployReadsItsOptions) {
  const auto deploy = parse_as<DeployOptions>(
      {"deploy",        "bin/f", "--name",    "orders", "--memory", "4096", "--ratio", "4",
       "--concurrency", "32",    "--timeout", "5",      "--env",    "A=1",  "--env",   "B=x=y",
       "--min",         "4",     "--max",     "8",      "--arch",   "arm64"});
  EXPECT_EQ(deploy.package, "bin/f");
  EXPECT_EQ(deploy.name, "orders");
  EXPECT_EQ(deploy.memory_mb, 4096U);
  EXPECT_EQ(deploy.gib_per_vcpu, 4.0);
  EXPECT_EQ(deploy.concurrency, 32U);
  EXPECT_EQ(deploy.timeout_seconds, 5U);
  EXPECT_EQ(deploy.variables, (std::map<std::string, std::string>{{"A", "1"}, {"B", "x=y"}}));
  EXPECT_EQ(deploy.min_environments, 4U);
  EXPECT_EQ(deploy.max_environments, 8U);
  EXPECT_EQ(deploy.architecture, "arm64");
}

TEST(Arguments, DeployRefusesWhatManagedInstancesNeverTakeBeforeAnythingIsCreated) {
  const auto exit_code_with = [](std::vector<const char*> options) {
    options.insert(options.begin(), {"deploy", "bin/f"});
    return exit_code_of(options);
  };
  EXPECT_EQ(exit_code_with({"--ratio", "3"}), ExitCode::usage);
  EXPECT_EQ(exit_code_with({"--memory", "1024"}), ExitCode::usage);
  EXPECT_EQ(exit_code_with({"--memory", "3000"}), ExitCode::usage);
  EXPECT_EQ(exit_code_with({"--memory", "6144", "--ratio", "4"}), ExitCode::usage);
  EXPECT_EQ(exit_code_with({"--concurrency", "65"}), ExitCode::usage);
  EXPECT_EQ(
      parse_as<DeployOptions>({"deploy", "bin/f", "--memory", "8192", "--ratio", "4", "--concurrency", "128"})
          .concurrency,
      128U);
}

TEST(Arguments, AnAddressThatIsNoPortIsRefused) {
  EXPECT_EQ(exit_code_of({"up", "--port", "99999"}), ExitCode::usage);
}

TEST(Arguments, OptionsMayComeBeforeThePackage) {
  EXPECT_EQ(parse_as<DeployOptions>({"deploy", "--env", "A=1", "bin/f"}).package, "bin/f");
}

TEST(Arguments, EndpointComesFromTheEnvironmentUnlessGiven) {
  setenv("LMI_ENDPOINT", "http://127.0.0.1:1", 1);
  EXPECT_EQ(parse_as<InvokeOptions>({"invoke", "f"}).connection.endpoint, "http://127.0.0.1:1");
  EXPECT_EQ(parse_as<InvokeOptions>({"invoke", "f", "--endpoint", "http://h:2"}).connection.endpoint,
            "http://h:2");
  unsetenv("LMI_ENDPOINT");
  EXPECT_EQ(parse_as<InvokeOptions>({"invoke", "f"}).connection.endpoint, "http://127.0.0.1:9400");
}

TEST(Arguments, LoadNeedsOnePaceAndAnEnd) {
  const auto load =
      parse_as<LoadOptions>({"load", "f", "--rate", "2.5", "--duration", "1.5", "--warmup", "0.5"});
  EXPECT_EQ(load.rate, 2.5);
  EXPECT_EQ(load.duration, std::chrono::duration<double>{1.5});
  EXPECT_EQ(load.warmup, std::chrono::duration<double>{0.5});
  EXPECT_EQ(exit_code_of({"load", "f", "--requests", "1"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"load", "f", "--rate", "1"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"load", "f", "--rate", "1", "--concurrency", "1", "--requests", "1"}),
            ExitCode::usage);
}

TEST(Arguments, WrongUsageIsExitCodeTwo) {
  EXPECT_EQ(exit_code_of({}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"fly"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"deploy"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"deploy", "f", "--env", "NOVALUE"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"deploy", "f", "--min", "3", "--max", "2"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"deploy", "f", "--memory", "-1"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--sink", "arn:x=ftp://h/"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--sqs-endpoint", "https://h/"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--s3-endpoint", "s3.example"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--port", "70000"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--account", "12"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"logs", "f", "--since-start"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"invoke", "f", "--output", "yaml"}), ExitCode::usage);
}

/// What is said on stderr about a wrong command line.
std::string said_of(const std::vector<const char*>& words) {
  testing::internal::CaptureStderr();
  const auto code = exit_code_of(words);
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, ExitCode::usage);
  return said;
}

TEST(Arguments, WrongUsageSaysWhatIsWrongAndWhereToReadOn) {
  EXPECT_EQ(said_of({"up", "--port", "abc"}),
            "error: --port: 'abc' is not a whole number from 0 to 65535\n"
            "  to do: `lmi up --help` shows how it is meant\n");
  EXPECT_THAT(said_of({"load", "f", "--concurrency", "1", "--requests", "0"}),
              HasSubstr("--requests: '0' is not a whole number of at least 1\n"));
  EXPECT_THAT(said_of({"load", "f", "--concurrency", "1", "--duration", "0"}),
              HasSubstr("--duration: '0' is not a number from 0.01 to 1000000\n"));
  EXPECT_THAT(said_of({"up", "--account-concurrency", "-4"}),
              HasSubstr("--account-concurrency: '-4' is not"));
  EXPECT_THAT(said_of({"up", "--region", "Eu West"}), HasSubstr("it is like us-east-1"));
  EXPECT_THAT(said_of({"invoke", "f", "--output", "yaml"}),
              HasSubstr("--output: 'yaml' is neither text nor json\n"));
  EXPECT_THAT(said_of({"status", "--output", "1"}), HasSubstr("'1' is neither text nor json\n"));
  EXPECT_THAT(said_of({"simulate", "x.json", "--mode", "slow"}), HasSubstr("none of auto, exact, fluid\n"));
  EXPECT_THAT(said_of({"up", "--bogus"}), HasSubstr("--bogus"));
  EXPECT_THAT(said_of({"deploy", "f", "--env", "NOVALUE"}), HasSubstr("--env: 'NOVALUE' is not KEY=VALUE\n"));
  EXPECT_THAT(said_of({"deploy", "f", "--memory", "3000"}), HasSubstr("the nearest: 2048\n"));
}

TEST(Arguments, AMistypedCommandIsNamedWithThoseThereAre) {
  const auto said = said_of({"invok", "f"});
  EXPECT_THAT(said, HasSubstr("error: there is no command 'invok', only up, deploy, invoke, "));
  EXPECT_THAT(said, HasSubstr("to do: `lmi --help`"));
  EXPECT_THAT(said_of({}), HasSubstr("error: a command is missing: up, deploy, "));
  EXPECT_THAT(said_of({"--verbose"}), HasSubstr("there is no option '--verbose' here"));
  EXPECT_EQ(said_of({"fleet", "list"}),
            "error: there is no command 'list', only parameters, instances, lose-instance\n"
            "  to do: `lmi fleet --help` shows how it is meant\n");
}

TEST(Arguments, HelpAndVersionAreExitCodeZero) {
  EXPECT_EQ(exit_code_of({"--help"}), ExitCode::ok);
  EXPECT_EQ(exit_code_of({"--version"}), ExitCode::ok);
  EXPECT_EQ(exit_code_of({"load", "--help"}), ExitCode::ok);
}

TEST(Arguments, LogsAndStatus) {
  const auto logs = parse_as<LogsOptions>({"logs", "-f", "f", "--since-start"});
  EXPECT_TRUE(logs.follow);
  EXPECT_TRUE(logs.since_start);
  EXPECT_EQ(logs.function, "f");
  EXPECT_FALSE(logs.is_log_group);
  EXPECT_TRUE(parse_as<LogsOptions>({"logs", "mine", "--group"}).is_log_group);
  EXPECT_EQ(parse_as<StatusOptions>({"status"}).function, "");
}

TEST(Arguments, TheFleetsOptions) {
  const auto up = parse_as<UpOptions>(
      {"up", "--fleet-parameters", "fleet.json", "--time-scale", "60", "--cpu-scale", "0.5"});
  EXPECT_EQ(up.emulator.fleet_parameters, "fleet.json");
  EXPECT_EQ(up.emulator.time_scale, 60U);
  EXPECT_EQ(up.emulator.cpu_scale, 0.5);
  const auto shown = parse_as<FleetParametersOptions>(
      {"fleet", "parameters", "--fleet-parameters", "fleet.json", "--output", "json"});
  EXPECT_EQ(shown.file, "fleet.json");
  EXPECT_EQ(shown.output, OutputFormat::json);
  EXPECT_EQ(exit_code_of({"fleet"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--time-scale", "0"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"up", "--cpu-scale", "0"}), ExitCode::usage);
}

TEST(Arguments, MetricsAreSampledEveryMinuteOrEveryFive) {
  EXPECT_EQ(parse_as<UpOptions>({"up"}).emulator.metrics_period, std::chrono::minutes{1});
  EXPECT_EQ(parse_as<UpOptions>({"up", "--metrics-period", "300"}).emulator.metrics_period,
            std::chrono::minutes{5});
  EXPECT_EQ(exit_code_of({"up", "--metrics-period", "61"}), ExitCode::usage);
}

TEST(Arguments, AnInstanceOfTheFleetIsNamedByItsId) {
  EXPECT_EQ(parse_as<LoseInstanceOptions>({"fleet", "lose-instance", "i-0abc"}).instance, "i-0abc");
  EXPECT_EQ(exit_code_of({"fleet", "lose-instance"}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({"fleet", "lose-instance", "a/b"}), ExitCode::usage);
  EXPECT_EQ(parse_as<FleetInstancesOptions>({"fleet", "instances", "--output", "json"}).connection.output,
            OutputFormat::json);
}

}  // namespace
}  // namespace lmi::cli
