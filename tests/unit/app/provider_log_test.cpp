#include "app/provider_log.hpp"

#include "loop/manual_loop.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lmi::emulator::app {
namespace {

using nlohmann::json;
using Event = ProviderLog::Event;

constexpr const char* arn = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp";
constexpr const char* group = "/aws/lambda/capacity-provider/cp";

class ProviderLogTest : public testing::Test {
 protected:
  ProviderLogTest() { put("INFO"); }

  void put(const std::string& level, const std::string& log_group = group) {
    control_plane::ProviderDeployment provider;
    provider.name = "cp";
    provider.arn = arn;
    provider.log_group = log_group;
    provider.log_level = level;
    log_.put(provider);
  }
  void write_all() {
    for (const Event event : {Event::launching, Event::launched, Event::launch_failed, Event::terminating,
                              Event::terminated, Event::health_check_failed}) {
      write(event);
    }
  }
  void write(Event event, const std::string& provider = "cp") {
    const std::string name = "i-0123456789abcdef0";
    const std::string type = "c7g.xlarge";
    const std::string zone = "us-east-1a";
    log_.write(event, {provider, name, type, zone});
  }
  std::vector<json> lines(const std::string& of = group) const {
    std::vector<json> all;
    for (const auto& event : logs_.read(of, 0).events) all.push_back(json::parse(event.line));
    return all;
  }

  ManualLoop loop_;
  observe::LogStore logs_{loop_};
  ProviderLog log_{
      logs_,
      [] { return std::chrono::system_clock::time_point{std::chrono::milliseconds{1'764'106'622'007}}; }};
};

TEST_F(ProviderLogTest, ALineHasTheFieldsAndTheTextSeenOnAws) {
  write(Event::launched);
  const json expected = {
      {"timestamp", "2025-11-25T21:37:02.007Z"},
      {"level", "INFO"},
      {"message", "Successfully launched c7g.xlarge instance i-0123456789abcdef0 in us-east-1a"},
      {"metadata",
       {{"instanceId", "i-0123456789abcdef0"},
        {"availabilityZones", {"us-east-1a"}},
        {"instanceTypes", {"c7g.xlarge"}},
        {"capacityProviderArn", arn}}}};
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0], expected);
  const auto event = logs_.read(group, 0).events.at(0);
  EXPECT_EQ(event.source, "platform");
  EXPECT_EQ(event.environment, "i-0123456789abcdef0");
}

TEST_F(ProviderLogTest, AFailedLaunchIsAWarningAboutNoInstance) {
  write(Event::launch_failed);
  EXPECT_EQ(lines().at(0)["level"], "WARN");
  EXPECT_EQ(lines()[0]["message"],
            "Failed to launch c7g.xlarge instance in us-east-1a: Internal error - the system will retry");
  EXPECT_FALSE(lines()[0]["metadata"].contains("instanceId"));
}

TEST_F(ProviderLogTest, TheLevelFilters) {
  write_all();
  EXPECT_EQ(lines().size(), 6U);
  put("DEBUG");
  write_all();
  EXPECT_EQ(lines().size(), 12U);
  put("WARN");
  write_all();
  ASSERT_EQ(lines().size(), 14U);
  EXPECT_EQ(lines()[12]["level"], "WARN");
  EXPECT_EQ(lines()[13]["level"], "WARN");
}

TEST_F(ProviderLogTest, TheGroupIsTheProvidersOwn) {
  put("INFO", "/mine");
  write(Event::launching);
  EXPECT_TRUE(lines().empty());
  EXPECT_EQ(lines("/mine").size(), 1U);
}

TEST_F(ProviderLogTest, OfProvidersNobodyHasPutNothingIsWritten) {
  write(Event::launching, "other");
  EXPECT_TRUE(logs_.read("", 0).events.empty());
}

}  // namespace
}  // namespace lmi::emulator::app
