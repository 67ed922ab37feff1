#include "app/instance_catalogue.hpp"
#include "app/live_fleet.hpp"
#include "loop/manual_loop.hpp"
#include "unit/app/fake_environments.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace lmi::emulator::app {
namespace {

using control_plane::InvokeReply;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const control_plane::VersionKey hello{"hello", "1"};

/// A live fleet with one environment, whose processes use what the test says.
class LiveLoadTest : public testing::Test {
 protected:
  void publish(LiveFleetConfig config = {}, unsigned environments = 1) {
    config.environments_directory = "/lmi-tmp";
    launch_delay_ = config.parameters.instance_launch_delay / config.time_scale;
    fleet_ = std::make_unique<LiveFleet>(
        LiveFleet::Services{loop_, logs_, environments_.factory(), built_in_catalogue(),
                            [this](std::span<const int> pids) {
                              std::map<int, supervisor::Usage> usage;
                              for (const int pid : pids) usage[pid] = usage_;
                              return usage;
                            }},
        config);
    fleet_->on_notice([](const control_plane::VersionNotice&) {});
    control_plane::ProviderDeployment provider;
    provider.name = "provider";
    provider.architecture = "x86_64";
    provider.subnet_ids = {"subnet-1"};
    fleet_->put_provider(provider);
    control_plane::VersionDeployment version;
    version.key = hello;
    version.provider = "provider";
    version.max_concurrency = 1;
    version.min_environments = environments;
    version.timeout = seconds{30};
    version.task_root = "/nowhere";
    fleet_->deploy(std::move(version));
    loop_.advance(launch_delay_ + milliseconds{1});
    become_ready();
  }
  void become_ready() {
    for (std::size_t i = ready_; i < environments_.all.size(); ++i) environments_.all[i]->becomes_ready();
    ready_ = environments_.all.size();
    loop_.run_until_idle();
  }
  /// Time goes by with that many vCPUs in use by every environment.
  void use(double vcpus, seconds duration) {
    for (seconds spent{0}; spent < duration; ++spent) {
      usage_.cpu +=
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>{vcpus});
      loop_.advance(seconds{1});
      become_ready();
    }
  }
  std::size_t call() {
    const std::size_t index = replies_.size();
    replies_.emplace_back();
    control_plane::InvokeCall invoke;
    invoke.request_id = "request-" + std::to_string(index);
    fleet_->invoke(hello, std::move(invoke), [this, index](InvokeReply reply) { replies_[index] = reply; });
    loop_.run_until_idle();
    return index;
  }

  ManualLoop loop_;
  observe::LogStore logs_{loop_};
  test::FakeEnvironments environments_;
  supervisor::Usage usage_;
  Clock::duration launch_delay_{};
  std::size_t ready_ = 0;
  std::vector<std::optional<InvokeReply>> replies_;
  std::unique_ptr<LiveFleet> fleet_;
};

TEST_F(LiveLoadTest, MeasuredCpuAddsEnvironments) {
  publish();
  use(0.9, minutes{2});
  EXPECT_EQ(environments_.all.size(), 2U);
}

TEST_F(LiveLoadTest, IdleProcessesAddNone) {
  publish();
  use(0.1, minutes{10});
  EXPECT_EQ(environments_.all.size(), 1U);
}

TEST_F(LiveLoadTest, TheCpuScaleCountsForTheDecision) {
  LiveFleetConfig config;
  config.cpu_scale = 0.1;
  publish(config);
  use(0.9, minutes{2});
  EXPECT_EQ(environments_.all.size(), 1U);
}

TEST_F(LiveLoadTest, ACallToAHotInstanceIsThrottledForCpu) {
  publish();
  use(2.9, seconds{11});  // of the three vCPUs its instance has for environments
  const std::size_t refused = call();
  ASSERT_TRUE(replies_[refused]);
  EXPECT_EQ(replies_[refused]->kind, InvokeReply::Kind::throttled);
  EXPECT_EQ(replies_[refused]->throttle_reason, "CPU");
}

TEST_F(LiveLoadTest, TheFleetsTimeRunsFasterByTheTimeScale) {
  LiveFleetConfig config;
  config.time_scale = 60;
  publish(config);
  ASSERT_EQ(environments_.all.size(), 1U);
  loop_.advance(minutes{4} + seconds{30});  // four hours and a half of the fleet's time
  ASSERT_GE(environments_.all.size(), 2U);
  become_ready();
  loop_.advance(seconds{1});
  EXPECT_TRUE(environments_.all[0]->drain) << "it was not rotated";
}

TEST_F(LiveLoadTest, AFailedLaunchIsTriedAgain) {
  LiveFleetConfig config;
  config.parameters.instance_launch_failure_permille = 500;
  config.seed = 3;
  publish(config, 8);
  loop_.advance(seconds{30});
  EXPECT_EQ(environments_.all.size(), 8U);
}

TEST_F(LiveLoadTest, AWaitingCallIsAnsweredFromTheSlotThatComesFree) {
  LiveFleetConfig config;
  config.parameters.queue_length = 1;
  publish(config);
  const std::size_t first = call();
  const std::size_t waiting = call();
  const std::size_t refused = call();
  EXPECT_EQ(replies_[refused]->throttle_reason, "Concurrency");
  ASSERT_EQ(environments_.all[0]->calls.size(), 1U);

  environments_.all[0]->answers(0, "1");
  EXPECT_EQ(replies_[first]->body, "1");
  ASSERT_EQ(environments_.all[0]->calls.size(), 2U);
  environments_.all[0]->answers(1, "2");
  EXPECT_EQ(replies_[waiting]->body, "2");
}

TEST_F(LiveLoadTest, AWaitThatIsTooLongEndsInARefusal) {
  LiveFleetConfig config;
  config.parameters.queue_length = 1;
  publish(config);
  call();
  const std::size_t waiting = call();
  loop_.advance(config.parameters.queue_timeout - milliseconds{1});
  EXPECT_FALSE(replies_[waiting]);
  loop_.advance(milliseconds{1});
  EXPECT_EQ(replies_[waiting]->throttle_reason, "Concurrency");
}

TEST_F(LiveLoadTest, ShuttingDownRefusesWhoWaits) {
  LiveFleetConfig config;
  config.parameters.queue_length = 1;
  publish(config);
  call();
  const std::size_t waiting = call();
  fleet_->shut_down(milliseconds{0}, [] {});
  loop_.run_until_idle();
  EXPECT_EQ(replies_[waiting]->kind, InvokeReply::Kind::throttled);
}

}  // namespace
}  // namespace lmi::emulator::app
