#include "simulate/read_scenario.hpp"
#include "simulate/simulate.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace lmi::sizing::simulate {
namespace {

using nlohmann::ordered_json;

/// A directory of its own, removed at the end.
class ScenarioFile : public testing::Test {
 protected:
  ScenarioFile() {
    std::string name = (std::filesystem::temp_directory_path() / "lmi-scenario-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  ~ScenarioFile() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{directory_ / name} << text;
  }

  static ordered_json minimal() {
    return ordered_json::parse(R"({"durationSeconds": 60, "arrival": {"poisson": {"perSecond": 10}},
                                   "service": {"cpuMs": 5}, "function": {"concurrency": 8}})");
  }
  /// The minimal one with `patch` merged in.
  Checked<Scenario> read(const char* patch = "{}") const {
    ordered_json json = minimal();
    json.merge_patch(ordered_json::parse(patch));
    return read_scenario(json, directory_);
  }
  std::string refusal(const char* patch) const {
    const auto scenario = read(patch);
    return scenario ? "none" : scenario.error().what;
  }
  double calls(const char* arrival) const {
    ordered_json json = minimal();
    json["arrival"] = ordered_json::parse(arrival);
    const auto scenario = read_scenario(json, directory_);
    EXPECT_TRUE(scenario) << scenario.error().what;
    return scenario ? scenario->arrivals.calls(Time{0}, std::chrono::hours{100}) : -1;
  }

  std::filesystem::path directory_;
};

TEST_F(ScenarioFile, WhatIsNotSaidHasAwssDefaults) {
  const auto scenario = read();
  ASSERT_TRUE(scenario) << scenario.error().what;
  EXPECT_EQ(scenario->function.memory_mb, 2048U);
  EXPECT_EQ(scenario->function.scaling.min_environments, 3U);
  EXPECT_FALSE(scenario->function.scaling.max_environments);
  EXPECT_EQ(scenario->provider.max_vcpus, 400U);
  EXPECT_EQ(scenario->provider.zones.size(), 3U);
  EXPECT_FALSE(scenario->provider.cpu_target_percent);
  EXPECT_EQ(scenario->parameters.instance_launch_delay, std::chrono::seconds{90});
  EXPECT_EQ(scenario->retries.attempts, 1U);
  EXPECT_DOUBLE_EQ(scenario->prices.management_fee_percent, 15);
}

TEST_F(ScenarioFile, EveryMemberIsRead) {
  const auto scenario = read(R"({"name": "x", "seed": 7,
    "service": {"cpuMs": 5, "waitMs": 20, "overheadMs": 3, "cpuBeforeWait": 1, "memoryMbPerCall": 2, "tmpMbPerCall": 4},
    "function": {"memoryMb": 4096, "gibPerVcpu": 4, "minEnvironments": 2, "maxEnvironments": 9, "timeoutSeconds": 3,
                 "schedule": [{"atSeconds": 30, "minEnvironments": 5, "maxEnvironments": 9, "everySeconds": 60}]},
    "provider": {"architecture": "arm64", "zones": 2, "maxVCpuCount": 12, "allowedInstanceTypes": ["c8g.*"],
                 "cpuTargetPercent": 70},
    "fleet": {"scaling_policy": "panic_window", "instance_launch_delay": "60s", "queue_length": 5},
    "retries": {"attempts": 3, "baseMs": 50, "longestMs": 1000}, "prices": {"instanceDiscountPercent": 30},
    "published": [{"metric": "p99Ms", "value": 12, "note": "n"}]})");
  ASSERT_TRUE(scenario) << scenario.error().what;
  EXPECT_EQ(scenario->seed, 7U);
  EXPECT_DOUBLE_EQ(scenario->function.vcpus(), 1);
  EXPECT_EQ(scenario->function.schedule.at(0).scaling.min_environments, 5U);
  EXPECT_EQ(scenario->provider.allowed_types, std::vector<std::string>{"c8g.*"});
  EXPECT_EQ(scenario->parameters.queue_length, 5U);
  EXPECT_EQ(scenario->parameters.instance_launch_delay, std::chrono::seconds{60});
  EXPECT_DOUBLE_EQ(scenario->retries.longest_ms, 1000);
  EXPECT_EQ(scenario->published.at(0).metric, "p99Ms");
}

TEST_F(ScenarioFile, AnErrorNamesTheMemberItsValueAndWhatWasExpected) {
  EXPECT_EQ(refusal(R"({"durationSeconds": "long"})"),
            "durationSeconds: expected a number from 0.001 to 34560000, found \"long\"");
  EXPECT_EQ(refusal(R"({"function": {"concurrency": 0}})"),
            "function.concurrency: expected a whole number from 1 to 1600, found 0");
  EXPECT_EQ(refusal(R"({"function": {"concurrency": null}})"),
            "function.concurrency: expected a whole number from 1 to 1600, found nothing: it is missing");
  EXPECT_EQ(refusal(R"({"durationSeconds": null})"),
            "durationSeconds: expected a number from 0.001 to 34560000, found nothing: it is missing");
  EXPECT_EQ(
      refusal(R"({"arrival": null})"),
      "arrival: expected an object with one of constant, poisson, ramp, burst, diurnal, trace, accessLog, "
      "found nothing: it is missing");
  EXPECT_EQ(refusal(R"({"service": null})"),
            "service: expected an object with cpuMs, waitMs or a profile, found nothing: it is missing");
  EXPECT_EQ(refusal(R"({"function": null})"),
            "function: expected an object with concurrency, at least, found nothing: it is missing");
  EXPECT_EQ(refusal(R"({"function": {"memoryMb": 3000}})"),
            "function.memoryMb: expected memory that is whole vCPUs, multiples of 2048, as Lambda wants, "
            "found 3000");
  EXPECT_EQ(refusal(R"({"function": {"memoryMb": 4096, "gibPerVcpu": 3}})"),
            "function.gibPerVcpu: expected 2, 4 or 8, found 3");
  EXPECT_EQ(refusal(R"({"function": {"concurrency": 65}})"),
            "function.concurrency: expected at most 64: Lambda takes 64 for a vCPU, found 65");
  EXPECT_EQ(refusal(R"({"arrival": {"poisson": null, "ramp": {"stages": []}}})"),
            "arrival.ramp.stages: expected at least one stage, found []");
  EXPECT_EQ(
      refusal(R"({"provider": {"allowedInstanceTypes": ["m8g.*"], "excludedInstanceTypes": ["c*"]}})"),
      "provider.excludedInstanceTypes: expected either allowedInstanceTypes or this, as Lambda does, found "
      "[\"c*\"]");
  EXPECT_EQ(refusal(R"({"function": {"memorySize": 2048}})").substr(0, 46),
            "function.memorySize: there is no such member; ");
  EXPECT_EQ(refusal(R"({"provider": {"architecture": "arm"}})"),
            "provider.architecture: expected one of x86_64, arm64, found \"arm\"");
  EXPECT_EQ(refusal(R"({"service": {"cpuMs": 0}})"),
            "service: expected cpuMs or waitMs above 0, found neither");
  EXPECT_NE(refusal(R"({"fleet": {"routing": "random"}})").find("spread, pack"), std::string::npos);
  EXPECT_NE(refusal(R"({"fleet": {"speed": 1}})").find("There is no fleet parameter 'speed'"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"arrival": {"poisson": {"perSecond": -1}}})").find("arrival.poisson.perSecond"),
            std::string::npos);
}

TEST_F(ScenarioFile, SeveralFunctionsAreReadWithTheirOwnClients) {
  const auto scenario = read(R"({"arrival": null, "service": null, "function": null, "functions": [
    {"name": "a", "arrival": {"burst": {"calls": 3}}, "service": {"waitMs": 5}, "function": {"concurrency": 4}},
    {"name": "b", "arrival": {"burst": {"calls": 9}}, "service": {"cpuMs": 7}, "function": {"concurrency": 2, "memoryMb": 4096},
     "retries": {"attempts": 3}}]})");
  ASSERT_TRUE(scenario) << scenario.error().what;
  ASSERT_EQ(scenario->functions(), 2U);
  EXPECT_EQ(scenario->workload(0).function_name, "a");
  EXPECT_EQ(scenario->workload(0).function.concurrency, 4U);
  EXPECT_EQ(scenario->workload(1).arrivals.bursts.at(0).calls, 9U);
  EXPECT_EQ(scenario->workload(1).function.memory_mb, 4096U);
  EXPECT_EQ(scenario->workload(1).retries.attempts, 3U);
}

TEST_F(ScenarioFile, WhatIsWrongWithSeveralFunctionsIsNamed) {
  constexpr const char* one =
      R"({"name": "a", "arrival": {"burst": {"calls": 3}}, "service": {"waitMs": 5}, "function": {"concurrency": 4}})";
  const auto patch = [](const std::string& functions) {
    return R"({"arrival": null, "service": null, "function": null, "functions": [)" + functions + "]}";
  };
  EXPECT_EQ(refusal(patch("").c_str()), "functions: expected 1 to 100 functions, found []");
  EXPECT_EQ(refusal(patch(std::string{one} + "," + one).c_str()),
            "functions[1].name: expected a name no other function has, found \"a\"");
  EXPECT_NE(refusal((R"({"functions": [)" + std::string{one} + "]}").c_str())
                .find("nothing beside functions: it belongs into each of them"),
            std::string::npos);
}

TEST_F(ScenarioFile, FaultsAreRead) {
  const auto scenario = read(R"({"faults": {"environmentCrashesPerHour": 0.5, "instanceLossesPerHour": 2}})");
  ASSERT_TRUE(scenario) << scenario.error().what;
  EXPECT_DOUBLE_EQ(scenario->faults.environment_crashes_per_hour, 0.5);
  EXPECT_DOUBLE_EQ(scenario->faults.instance_losses_per_hour, 2);
  EXPECT_FALSE(read()->faults.any());
  EXPECT_EQ(refusal(R"({"faults": {"instanceLossesPerHour": -1}})"),
            "faults.instanceLossesPerHour: expected a number from 0 to 3600, found -1");
}

TEST_F(ScenarioFile, AMissingOrBrokenFileIsNamed) {
  EXPECT_NE(read_json(directory_ / "none.json").error().what.find("none.json: cannot be read"),
            std::string::npos);
  write("broken.json", "{\"a\": }");
  EXPECT_NE(read_json(directory_ / "broken.json").error().what.find("line 1, column 7"), std::string::npos);
}

TEST_F(ScenarioFile, ArrivalsOfEveryKindCountTheirCalls) {
  EXPECT_DOUBLE_EQ(calls(R"({"constant": {"perSecond": 10}})"), 600);
  EXPECT_DOUBLE_EQ(calls(R"({"poisson": {"perSecond": 10, "fromSeconds": 30}})"), 300);
  EXPECT_DOUBLE_EQ(
      calls(R"({"ramp": {"stages": [{"seconds": 10, "perSecond": 20}, {"seconds": 5, "perSecond": 20}]}})"),
      200);
  EXPECT_DOUBLE_EQ(calls(R"({"burst": {"calls": 7, "times": 3, "everySeconds": 2}})"), 21);
  EXPECT_DOUBLE_EQ(calls(R"({"burst": {"calls": 7, "withinSeconds": 2}})"), 7);
  EXPECT_NEAR(
      calls(R"({"diurnal": {"lowPerSecond": 0, "highPerSecond": 20, "periodHours": 24, "peakAtHours": 0}})"),
      1200, 1);  // the minute after the peak
  EXPECT_DOUBLE_EQ(calls(R"([{"constant": {"perSecond": 1}}, {"burst": {"calls": 5}}])"), 65);
}

TEST_F(ScenarioFile, ATraceOfCountsIsRead) {
  write("trace.csv", "minute,calls\n0,30\n1,60\n\n2,0\n3,15\n");
  EXPECT_DOUBLE_EQ(calls(R"({"trace": {"file": "trace.csv", "intervalSeconds": 60}})"), 105);
  EXPECT_DOUBLE_EQ(
      calls(R"({"trace": {"file": "trace.csv", "intervalSeconds": 60, "scale": 2, "column": 1}})"), 210);
  write("bad.csv", "10\nmany\n");
  EXPECT_EQ(
      refusal(R"({"arrival": {"poisson": null, "trace": {"file": "bad.csv", "intervalSeconds": 1}}})"),
      "arrival.trace.file: " + (directory_ / "bad.csv").string() + ":2: expected a count, found 'many'");
  EXPECT_EQ(refusal(R"({"arrival": {"poisson": null, "trace": {"file": "no.csv", "intervalSeconds": 1}}})"),
            "arrival.trace.file: " + (directory_ / "no.csv").string() +
                ": cannot be read: No such file or directory");
}

TEST_F(ScenarioFile, AccessLogsOfAllKindsAreRead) {
  write("common.log",
        "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2326\n"
        "127.0.0.1 - - [10/Oct/2000:20:55:38 +0000] \"GET / HTTP/1.0\" 200 2326 \"-\" \"curl\"\n");
  write("json.log",
        "{\"timestamp\":\"2026-11-22T10:00:00.250Z\"}\n{\"@timestamp\":\"2026-11-22T11:00:09+01:00\"}\n"
        "{\"time\":1795341605}\n{\"ts\":1795341605999}\n");
  for (const auto& [file, all, last] :
       {std::tuple{"common.log", 2.0, 3.0}, std::tuple{"json.log", 4.0, 10.0}}) {
    ordered_json json = minimal();
    json["arrival"] = {{"accessLog", {{"file", file}}}};
    const auto scenario = read_scenario(json, directory_);
    ASSERT_TRUE(scenario) << scenario.error().what;
    EXPECT_DOUBLE_EQ(scenario->arrivals.calls(Time{0}, std::chrono::hours{9}), all) << file;
    EXPECT_DOUBLE_EQ(scenario->arrivals.rates.at(0).curve.end(), last) << file;
  }
  write("bad.log", "hello\n");
  EXPECT_NE(refusal(R"({"arrival": {"poisson": null, "accessLog": {"file": "bad.log"}}})")
                .find("bad.log:1: expected ["),
            std::string::npos);
}

TEST_F(ScenarioFile, AFileThatIsNoScenarioSaysSo) {
  const auto wrong = [&](const char* text) {
    write("wrong.json", text);
    const auto json = read_json(directory_ / "wrong.json");
    return json ? read_scenario(*json, directory_).error().what : json.error().what;
  };
  const std::string file = (directory_ / "wrong.json").string();
  EXPECT_EQ(wrong("[]"), "the file: expected an object, found []");
  EXPECT_EQ(wrong("{\"a\":").rfind(file + ": parse error at line 1, column 6: syntax", 0), 0U);
  EXPECT_EQ(wrong(R"({"seed": 1, "service": {"cpuMs": 1, "cpuMs": 2}})"),
            file + ": cpuMs: expected a member once in an object, found it twice");
  const auto directory = read_json(directory_);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().what, directory_.string() + ": is a directory");
}

TEST_F(ScenarioFile, TypesThatLeaveNoneAreNamed) {
  ordered_json json = minimal();
  json["provider"] = {{"allowedInstanceTypes", {"nope.*"}}};
  const auto scenario = read_scenario(json, directory_);
  ASSERT_TRUE(scenario) << scenario.error().what;
  const auto outcome = simulate(*scenario, {{"m7i.xlarge", "x86_64", 4, 16384, 0.2}}, ModeChoice::exact, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what,
            "provider.allowedInstanceTypes: expected to leave at least one type of x86_64, leaves none");
}

TEST_F(ScenarioFile, AProfileGivesTheServiceAndTheScenarioOverrides) {
  write("hello.profile.json",
        R"({"cpuMs": 2, "waitMs": {"exponential": {"mean": 7}}, "measured": {"by": "lmi load"}})");
  const auto scenario =
      read(R"({"service": {"cpuMs": null, "profile": "hello.profile.json", "overheadMs": 4}})");
  ASSERT_TRUE(scenario) << scenario.error().what;
  EXPECT_DOUBLE_EQ(scenario->service.cpu_ms.mean(), 2);
  EXPECT_DOUBLE_EQ(scenario->service.wait_ms.mean(), 7);
  EXPECT_DOUBLE_EQ(scenario->service.overhead_ms.mean(), 4);
}

}  // namespace
}  // namespace lmi::sizing::simulate
