// What the live fleet tells of itself, and how it bears what is done to it.

#include "app/instance_catalogue.hpp"
#include "app/live_fleet.hpp"
#include "loop/manual_loop.hpp"
#include "support/temporary_directory.hpp"
#include "unit/app/fake_environments.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>

namespace lmi::emulator::app {
namespace {

using control_plane::InvokeReply;
using control_plane::VersionNotice;
using control_plane::VersionState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::FakeEnvironment;

const control_plane::VersionKey hello{"hello", "1"};
const FleetClock::Date noon{hours{24 * 20'000 + 12}};

/// A live fleet whose processes use half a vCPU and 512 MiB each.
class LiveObservedTest : public testing::Test {
 protected:
  void publish(unsigned environments, LiveFleetConfig config = {}) {
    config.environments_directory = directory_.path();
    config.wall_clock = [] { return noon; };
    fleet_ = std::make_unique<LiveFleet>(
        LiveFleet::Services{loop_, logs_, environments_.factory(), built_in_catalogue(),
                            [this](std::span<const int> pids) {
                              std::map<int, supervisor::Usage> usage;
                              const auto spent = loop_.now() - began_;
                              for (const int pid : pids) {
                                usage[pid] = {
                                    std::chrono::duration_cast<std::chrono::microseconds>(spent) / 2,
                                    512ULL << 20U};
                              }
                              return usage;
                            },
                            &metrics_},
        config);
    fleet_->on_notice([this](const VersionNotice& notice) { notices_.push_back(notice.state); });
    control_plane::ProviderDeployment provider;
    provider.name = "cp";
    provider.arn = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp";
    provider.log_group = group;
    provider.architecture = "x86_64";
    provider.subnet_ids = {"subnet-1", "subnet-2", "subnet-3"};
    fleet_->put_provider(provider);
    control_plane::VersionDeployment version;
    version.key = hello;
    version.provider = "cp";
    version.max_concurrency = 4;
    version.min_environments = environments;
    version.max_environments = environments;
    version.ephemeral_storage_mb = 1;
    version.task_root = "/nowhere";
    fleet_->deploy(std::move(version));
    loop_.advance(config.parameters.instance_launch_delay);
    become_ready();
  }
  void become_ready() {
    for (; ready_ < environments_.all.size(); ++ready_) environments_.all[ready_]->becomes_ready();
    loop_.run_until_idle();
  }
  std::size_t call() {
    const std::size_t index = replies_.size();
    replies_.emplace_back();
    control_plane::InvokeCall invoke;
    invoke.request_id = "request-" + std::to_string(index);
    fleet_->invoke(hello, std::move(invoke), [this, index](InvokeReply reply) {
      EXPECT_FALSE(replies_[index]) << "answered twice";
      replies_[index] = std::move(reply);
    });
    loop_.run_until_idle();
    return index;
  }
  std::string instance_of(const FakeEnvironment& environment) const {
    for (const auto& shown : fleet_->snapshot().environments) {
      if (shown.id == environment.spec.id) return shown.instance_id;
    }
    return {};
  }
  /// The texts of the provider's log, up to the first word that is not the same every time.
  std::vector<std::string> told() const {
    std::vector<std::string> texts;
    for (const auto& event : logs_.read(group, 0).events) {
      const auto message = nlohmann::json::parse(event.line)["message"].get<std::string>();
      texts.push_back(message.substr(0, message.find_first_of("0123456789") - 1));
    }
    return texts;
  }
  std::size_t times_told(const std::string& beginning) const {
    std::size_t count = 0;
    for (const std::string& text : told()) count += text.starts_with(beginning) ? 1 : 0;
    return count;
  }
  observe::MetricSummary metric(const char* name) const {
    const observe::MetricId id{
        name, {{"CapacityProviderName", "cp"}, {"FunctionName", "hello"}, {"Resource", "hello:1"}}};
    const auto points = metrics_.read(id, noon, noon + hours{24}, hours{24});
    return points.empty() ? observe::MetricSummary{} : points[0].summary;
  }

  static constexpr const char* group = "/aws/lambda/capacity-provider/cp";
  lmi::test::TemporaryDirectory directory_;
  ManualLoop loop_;
  Clock::time_point began_ = loop_.now();
  observe::LogStore logs_{loop_};
  observe::MetricStore metrics_;
  test::FakeEnvironments environments_;
  std::size_t ready_ = 0;
  std::vector<VersionState> notices_;
  std::vector<std::optional<InvokeReply>> replies_;
  std::unique_ptr<LiveFleet> fleet_;
};

// ---- Metrics ----

TEST_F(LiveObservedTest, EnvironmentsAreSampledOnceAMinute) {
  publish(3);
  loop_.advance(minutes{3} + seconds{5});
  EXPECT_EQ(metric("ExecutionEnvironmentConcurrency").count(), 9U);
  EXPECT_EQ(metric("ExecutionEnvironmentConcurrencyLimit").maximum(), 4);
  EXPECT_NEAR(metric("ExecutionEnvironmentCPUUtilization").maximum(), 50, 0.1);
  EXPECT_NEAR(metric("ExecutionEnvironmentMemoryUtilization").maximum(), 25, 0.1);  // of 2048 MB
}

TEST_F(LiveObservedTest, ConcurrencyIsThePeakBetweenTheLooksToo) {
  publish(1);
  for (int i = 0; i < 3; ++i) call();
  for (std::size_t i = 0; i < 3; ++i) environments_.all[0]->answers(i, "{}");
  loop_.advance(minutes{1} + seconds{5});
  EXPECT_EQ(metric("ExecutionEnvironmentConcurrency").maximum(), 3);
  loop_.advance(minutes{1});
  EXPECT_EQ(metric("ExecutionEnvironmentConcurrency").count(), 2U);
  EXPECT_EQ(metric("ExecutionEnvironmentConcurrency").minimum(), 0);
}

TEST_F(LiveObservedTest, SampleTimesFollowTheFleetsTime) {
  LiveFleetConfig config;
  config.time_scale = 60;
  publish(1, config);
  loop_.advance(seconds{10});
  EXPECT_GE(metric("ExecutionEnvironmentConcurrency").count(), 9U) << "ten minutes of the fleet's time";
  EXPECT_EQ(fleet_->date(), noon + (loop_.now() - began_) * 60);
}

TEST_F(LiveObservedTest, TheLastSampleIsRecordedAfterEverythingWent) {
  publish(1);
  loop_.advance(seconds{10});
  fleet_->retire(hello);
  environments_.all[0]->goes(false);
  loop_.advance(minutes{3});
  EXPECT_TRUE(fleet_->snapshot().instances.empty());
  EXPECT_EQ(metric("ExecutionEnvironmentConcurrency").count(), 1U);
}

// ---- The provider's log ----

TEST_F(LiveObservedTest, LaunchesAndTerminationsAreLogged) {
  publish(1);
  EXPECT_EQ(told().size(), 2U);
  EXPECT_EQ(times_told("Launching"), 1U);
  EXPECT_EQ(times_told("Successfully launched"), 1U);
  fleet_->retire(hello);
  environments_.all[0]->goes(false);
  loop_.advance(minutes{3});
  EXPECT_EQ(told().size(), 4U);
  EXPECT_EQ(times_told("Terminating"), 1U);
  EXPECT_EQ(times_told("Successfully terminated"), 1U);
}

TEST_F(LiveObservedTest, FailedLaunchesAreLoggedAndNothingIsTerminated) {
  LiveFleetConfig config;
  config.parameters.instance_launch_failure_permille = 1000;
  publish(1, config);
  loop_.advance(seconds{5});
  EXPECT_GE(times_told("Failed to launch"), 2U);
  EXPECT_EQ(times_told("Successfully"), 0U);
  EXPECT_EQ(times_told("Terminating"), 0U);
}

// ---- A lost instance ----

TEST_F(LiveObservedTest, ALostInstanceTakesItsEnvironmentsWithItAndIsReplaced) {
  publish(3);
  const auto victim = environments_.all[0];
  const std::string instance = instance_of(*victim);
  ASSERT_TRUE(fleet_->lose_instance(instance));
  EXPECT_EQ(victim->reason, environment::ShutdownReason::failure);
  EXPECT_EQ(victim->drain, milliseconds{0});
  EXPECT_FALSE(environments_.all[1]->drain);
  EXPECT_EQ(times_told("Health check failed"), 1U);

  victim->goes(false);
  loop_.advance(seconds{5});
  become_ready();
  EXPECT_EQ(environments_.all.size(), 4U) << "one environment takes its place";
  const auto snapshot = fleet_->snapshot();
  EXPECT_EQ(snapshot.environments.size(), 3U);
  for (const auto& shown : snapshot.instances) EXPECT_NE(shown.id, instance);
}

TEST_F(LiveObservedTest, CallsOnALostInstanceEachHaveAnAnswer) {
  publish(1);
  const std::size_t first = call();
  const std::size_t second = call();
  ASSERT_TRUE(fleet_->lose_instance(instance_of(*environments_.all[0])));
  // As the environment does at once when it is shut down without time to drain.
  for (std::size_t i = 0; i < 2; ++i) environments_.all[0]->refuses(i, "Client.ExecutionEnvironmentShutDown");
  for (const std::size_t index : {first, second}) {
    ASSERT_TRUE(replies_[index]);
    EXPECT_EQ(replies_[index]->kind, InvokeReply::Kind::function_error);
    EXPECT_EQ(replies_[index]->error_type, "Client.ExecutionEnvironmentShutDown");
  }
  const std::size_t meanwhile = call();
  ASSERT_TRUE(replies_[meanwhile]);
  EXPECT_EQ(replies_[meanwhile]->throttle_reason, "Concurrency");
}

TEST_F(LiveObservedTest, AnInstanceMayBeLostWhileItIsLaunched) {
  publish(1);
  fleet_->scale(hello, 6, 6);
  const auto instances = fleet_->snapshot().instances;
  const auto launching = std::find_if(instances.begin(), instances.end(),
                                      [](const auto& each) { return each.state == "launching"; });
  ASSERT_NE(launching, instances.end());
  EXPECT_TRUE(fleet_->lose_instance(launching->id));
  loop_.advance(seconds{5});
  become_ready();
  EXPECT_EQ(fleet_->snapshot().environments.size(), 6U);
}

TEST_F(LiveObservedTest, ThereIsNoSuchInstance) {
  publish(1);
  EXPECT_FALSE(fleet_->lose_instance("i-00000000000000000"));
  const std::string instance = instance_of(*environments_.all[0]);
  EXPECT_TRUE(fleet_->lose_instance(instance));
  EXPECT_FALSE(fleet_->lose_instance(instance)) << "it is lost already";
}

TEST_F(LiveObservedTest, AnEnvironmentThatDiesWithItsInstanceMayOutliveItsVersion) {
  publish(1);
  const auto victim = environments_.all[0];
  ASSERT_TRUE(fleet_->lose_instance(instance_of(*victim)));
  fleet_->retire(hello);
  for (std::size_t i = 1; i < environments_.all.size(); ++i) environments_.all[i]->goes(false);
  loop_.advance(seconds{10});
  ASSERT_EQ(notices_.back(), VersionState::retired);
  victim->events.on_log(environment::LogSource::function, "a last word");
  victim->goes(true);
  EXPECT_EQ(logs_.read("hello", 0).events.at(0).line, "a last word");
}

// ---- /tmp ----

TEST_F(LiveObservedTest, AnEnvironmentWhoseTmpIsFullTakesNoCallsUntilThereIsRoom) {
  publish(1);
  const std::filesystem::path tmp = environments_.all[0]->spec.tmp_directory;
  std::filesystem::create_directories(tmp);
  std::ofstream{tmp / "big"} << std::string(1U << 20U, 'x');
  loop_.advance(seconds{11});
  const std::size_t refused = call();
  ASSERT_TRUE(replies_[refused]);
  EXPECT_EQ(replies_[refused]->throttle_reason, "Disk");

  std::filesystem::remove(tmp / "big");
  loop_.advance(seconds{6});
  call();
  EXPECT_EQ(environments_.all[0]->calls.size(), 1U);
}

}  // namespace
}  // namespace lmi::emulator::app
