#include "app/live_fleet.hpp"

#include "app/instance_catalogue.hpp"
#include "loop/manual_loop.hpp"
#include "unit/app/fake_environments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace lmi::emulator::app {
namespace {

using control_plane::InvokeReply;
using control_plane::VersionKey;
using control_plane::VersionNotice;
using control_plane::VersionState;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::FakeEnvironment;

const VersionKey hello{"hello", "1"};

class LiveFleetTest : public testing::Test {
 protected:
  LiveFleetTest() {
    fleet_.on_notice([this](const VersionNotice& notice) { notices_.push_back(notice); });
  }

  static LiveFleetConfig config() {
    LiveFleetConfig config;
    config.environments_directory = "/lmi-tmp";
    return config;
  }
  static control_plane::VersionDeployment deployment(VersionKey key = hello) {
    control_plane::VersionDeployment version;
    version.arn = "arn:aws:lambda:eu-west-1:123456789012:function:" + key.function + ":" + key.qualifier;
    version.key = std::move(key);
    version.provider = "provider";
    version.handler = "bootstrap";
    version.max_concurrency = 1;
    version.timeout = seconds{30};
    version.task_root = "/nowhere";
    return version;
  }
  void put_provider(std::vector<std::string> subnets = {"subnet-1", "subnet-2", "subnet-3"}) {
    control_plane::ProviderDeployment provider;
    provider.name = "provider";
    provider.architecture = "x86_64";
    provider.subnet_ids = std::move(subnets);
    fleet_.put_provider(provider);
  }
  /// A version with three ready environments.
  void publish() {
    put_provider();
    fleet_.deploy(deployment());
    launch();
    for (const auto& environment : alive()) environment->becomes_ready();
    loop_.run_until_idle();
  }
  void launch() { loop_.advance(fleet::Parameters{}.instance_launch_delay); }
  std::vector<std::shared_ptr<FakeEnvironment>> alive() const {
    std::vector<std::shared_ptr<FakeEnvironment>> living;
    std::copy_if(environments_.all.begin(), environments_.all.end(), std::back_inserter(living),
                 [](const auto& environment) { return environment->alive; });
    return living;
  }
  std::vector<VersionState> told() const {
    std::vector<VersionState> states;
    for (const VersionNotice& notice : notices_) states.push_back(notice.state);
    return states;
  }
  /// The index in `replies_` that this call will fill.
  std::size_t call(std::string payload = "{}") {
    const std::size_t index = replies_.size();
    replies_.emplace_back();
    control_plane::InvokeCall invoke;
    invoke.request_id = "request-" + std::to_string(index);
    invoke.payload = std::move(payload);
    fleet_.invoke(hello, std::move(invoke), [this, index](InvokeReply reply) {
      EXPECT_FALSE(replies_[index]) << "answered twice";
      replies_[index] = std::move(reply);
    });
    return index;
  }
  std::shared_ptr<FakeEnvironment> holder_of(std::size_t index) const {
    const std::string id = "request-" + std::to_string(index);
    for (const auto& environment : environments_.all) {
      for (const auto& held : environment->calls) {
        if (held.invocation.request_id == id) return environment;
      }
    }
    return nullptr;
  }

  ManualLoop loop_;
  observe::LogStore logs_{loop_};
  test::FakeEnvironments environments_;
  LiveFleet fleet_{{loop_, logs_, environments_.factory(), built_in_catalogue()}, config()};
  std::vector<VersionNotice> notices_;
  std::vector<std::optional<InvokeReply>> replies_;
};

TEST_F(LiveFleetTest, PublishingStartsThreeEnvironmentsOnInstancesInDistinctZones) {
  publish();

  const observe::FleetSnapshot snapshot = fleet_.snapshot();
  std::set<std::string> zones;
  for (const auto& environment : snapshot.environments) {
    EXPECT_EQ(environment.state, "ready");
    zones.insert(environment.availability_zone);
  }
  EXPECT_EQ(snapshot.environments.size(), 3U);
  EXPECT_EQ(zones.size(), 3U);
  EXPECT_EQ(snapshot.instances.size(), 3U);
  EXPECT_EQ(told(), std::vector<VersionState>{VersionState::active});
}

TEST_F(LiveFleetTest, AnEnvironmentIsMadeOfWhatTheVersionSays) {
  put_provider();
  auto version = deployment();
  version.max_concurrency = 16;
  version.timeout = seconds{200};
  version.variables = {{"A", "b"}};
  fleet_.deploy(version);
  launch();

  const environment::EnvironmentSpec& spec = environments_.all.at(0)->spec;
  EXPECT_EQ(spec.function_name, "hello");
  EXPECT_EQ(spec.function_version, "1");
  EXPECT_EQ(spec.region, "eu-west-1");
  EXPECT_EQ(spec.account_id, "123456789012");
  EXPECT_EQ(spec.max_concurrency, "16");
  EXPECT_EQ(spec.log_group, "/aws/lambda/hello");
  EXPECT_NE(spec.log_stream.find("/[1]" + spec.id), std::string::npos);
  EXPECT_EQ(spec.tmp_directory.parent_path(), "/lmi-tmp");
  EXPECT_EQ(spec.variables, version.variables);
  EXPECT_EQ(spec.timeout, seconds{200});
  EXPECT_EQ(spec.init_timeout, seconds{200});
  EXPECT_NE(spec.tmp_directory, environments_.all.at(1)->spec.tmp_directory);
}

TEST_F(LiveFleetTest, NoticesNeverComeFromInsideACall) {
  fleet_.deploy(deployment());  // there is no provider: failed at once
  EXPECT_TRUE(notices_.empty());
  loop_.run_until_idle();
  EXPECT_EQ(told(), std::vector<VersionState>{VersionState::failed});
}

TEST_F(LiveFleetTest, SpreadsCallsAndAnswersEachWithItsOwn) {
  publish();
  for (int i = 0; i < 3; ++i) call(std::to_string(i));
  for (const auto& environment : alive()) {
    ASSERT_EQ(environment->calls.size(), 1U);
    environment->answers(0, "answer to " + environment->calls[0].invocation.payload);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(replies_[i]);
    EXPECT_EQ(replies_[i]->body, "answer to " + std::to_string(i));
  }
}

TEST_F(LiveFleetTest, RefusesAtOnceWhenNoSlotIsFreeAnywhereAndServesAgainAfterwards) {
  publish();
  for (int i = 0; i < 3; ++i) call();
  const std::size_t fourth = call();
  EXPECT_FALSE(replies_[fourth]);  // not from inside the call
  loop_.run_until_idle();
  ASSERT_TRUE(replies_[fourth]);
  EXPECT_EQ(replies_[fourth]->kind, InvokeReply::Kind::throttled);
  EXPECT_EQ(replies_[fourth]->throttle_reason, "Concurrency");

  alive().front()->answers(0, "{}");
  const std::size_t fifth = call();
  EXPECT_NE(holder_of(fifth), nullptr);
}

TEST_F(LiveFleetTest, ATimedOutCallIsAnsweredWhileItsSlotStaysTaken) {
  publish();
  for (int i = 0; i < 3; ++i) call();
  const auto environment = holder_of(0);
  environment->fails(0, "Sandbox.Timedout");  // no on_slot_free: the code still runs
  ASSERT_TRUE(replies_[0]);
  EXPECT_EQ(replies_[0]->kind, InvokeReply::Kind::function_error);

  const std::size_t refused = call();
  loop_.run_until_idle();
  EXPECT_EQ(replies_[refused]->kind, InvokeReply::Kind::throttled);

  environment->events.on_slot_free();  // the late answer came
  EXPECT_EQ(holder_of(call()), environment);
}

TEST_F(LiveFleetTest, ASlotReportedFreeTwiceIsReleasedOnce) {
  publish();
  for (int i = 0; i < 3; ++i) call();
  const auto environment = holder_of(0);
  environment->answers(0, "{}");
  environment->events.on_slot_free();

  EXPECT_EQ(holder_of(call()), environment);
  const std::size_t refused = call();
  loop_.run_until_idle();
  EXPECT_EQ(replies_[refused]->kind, InvokeReply::Kind::throttled);
}

TEST_F(LiveFleetTest, OffersACallThatNeverReachedTheFunctionToAnotherEnvironment) {
  publish();
  const std::size_t index = call("payload");
  const auto first = holder_of(index);
  first->refuses(0, "Runtime.Unavailable");

  EXPECT_FALSE(replies_[index]);
  std::shared_ptr<FakeEnvironment> second;
  for (const auto& environment : alive()) {
    if (environment != first && !environment->calls.empty()) second = environment;
  }
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->calls[0].invocation.payload, "payload");
  second->answers(0, "done");
  EXPECT_EQ(replies_[index]->body, "done");

  // Nothing was leaked: three calls find three slots.
  for (int i = 0; i < 3; ++i) EXPECT_NE(holder_of(call()), nullptr);
}

TEST_F(LiveFleetTest, ACallThatEveryEnvironmentTurnsAwayIsThrottled) {
  publish();
  const std::size_t index = call();
  for (int i = 0; i < 3; ++i) {
    for (const auto& environment : alive()) {
      if (!environment->calls.empty() && !replies_[index] && environment->calls.back().done) {
        const auto done = std::exchange(environment->calls.back().done, nullptr);
        done(FakeEnvironment::ended(environment::Outcome::Kind::refused, "Runtime.Unavailable"));
      }
    }
  }
  ASSERT_TRUE(replies_[index]);
  EXPECT_EQ(replies_[index]->kind, InvokeReply::Kind::throttled);
  for (const auto& environment : alive()) EXPECT_EQ(environment->calls.size(), 1U);
}

TEST_F(LiveFleetTest, ACallThatWasRunningWhenItsEnvironmentShutDownIsNotRunAgain) {
  publish();
  const std::size_t index = call();
  holder_of(index)->refuses(0, "Client.ExecutionEnvironmentShutDown");

  ASSERT_TRUE(replies_[index]);
  EXPECT_EQ(replies_[index]->kind, InvokeReply::Kind::function_error);
  EXPECT_EQ(replies_[index]->body, R"({"errorType":"Client.ExecutionEnvironmentShutDown"})");
}

TEST_F(LiveFleetTest, ACrashedEnvironmentAnswersItsCallersAndIsReplaced) {
  publish();
  loop_.advance(minutes{1});
  const std::size_t index = call();
  const auto crashed = holder_of(index);
  crashed->fails(0, "Runtime.ExitError");
  crashed->goes(true);

  EXPECT_EQ(replies_[index]->error_type, "Runtime.ExitError");
  EXPECT_FALSE(crashed->alive);
  ASSERT_EQ(alive().size(), 3U);
  EXPECT_TRUE(environments_.all.back()->started);
  EXPECT_EQ(told(), std::vector<VersionState>{VersionState::active});
}

struct FailureCase {
  const char* error_type;
  const char* reason_code;
};

TEST_F(LiveFleetTest, AFailedInitialisationIsToldWithLambdasReasonCode) {
  const FailureCase cases[] = {{"Sandbox.Timedout", "FunctionError.InitTimeout"},
                               {"Runtime.InvalidEntrypoint", "FunctionError.InvalidEntryPoint"},
                               {"Runtime.InvalidWorkingDir", "FunctionError.InvalidWorkingDirectory"},
                               {"Runtime.ExitError", "FunctionError.RuntimeInitError"},
                               {"Function.Boo", "FunctionError.RuntimeInitError"},
                               {"Runtime.OutOfMemory", "FunctionError.InitResourceExhausted"},
                               {"Extension.Crash", "FunctionError.ExtensionInitError"},
                               {"PermissionDenied", "FunctionError.PermissionDenied"},
                               {"TooManyExtensions", "FunctionError.TooManyExtensions"}};
  put_provider();
  int number = 0;
  for (const FailureCase& c : cases) {
    notices_.clear();
    fleet_.deploy(deployment({"hello", std::to_string(++number)}));
    launch();
    for (int attempt = 0; attempt < 3 && notices_.empty(); ++attempt) {
      for (const auto& environment : alive()) {
        if (!environment->drain) environment->fails_init(c.error_type);
      }
      loop_.advance(seconds{1});
    }
    for (const auto& environment : alive()) environment->goes(false);
    ASSERT_EQ(notices_.size(), 1U) << c.error_type;
    EXPECT_EQ(notices_[0].state, VersionState::failed);
    EXPECT_EQ(notices_[0].reason_code, c.reason_code);
    EXPECT_NE(notices_[0].reason.find(c.error_type), std::string::npos);
  }
}

TEST_F(LiveFleetTest, DeployingAgainServesTheOldCodeUntilTheNewIsActive) {
  publish();
  const auto old_ones = alive();
  auto newer = deployment();
  newer.task_root = "/newer";
  fleet_.deploy(newer);
  launch();
  EXPECT_EQ(alive().size(), 6U);
  EXPECT_EQ(holder_of(call())->spec.task_root, "/nowhere");

  for (const auto& environment : alive()) {
    if (environment->spec.task_root == "/newer") environment->becomes_ready();
  }
  loop_.run_until_idle();

  EXPECT_EQ(holder_of(call())->spec.task_root, "/newer");
  for (const auto& environment : old_ones) EXPECT_EQ(environment->drain, milliseconds{seconds{30}});
  EXPECT_EQ(told(), (std::vector<VersionState>{VersionState::active, VersionState::active}));

  for (const auto& environment : old_ones) environment->goes(false);
  EXPECT_EQ(alive().size(), 3U);
  loop_.run_until_idle();
  EXPECT_EQ(notices_.size(), 2U);  // the key itself was not retired
}

TEST_F(LiveFleetTest, TheOldCodeStaysWhenTheNewOneFails) {
  publish();
  auto newer = deployment();
  newer.task_root = "/newer";
  fleet_.deploy(newer);
  launch();
  for (int attempt = 0; attempt < 3; ++attempt) {
    for (const auto& environment : alive()) {
      if (environment->spec.task_root == "/newer" && !environment->drain)
        environment->fails_init("Runtime.ExitError");
    }
    loop_.advance(seconds{1});
  }

  EXPECT_EQ(told(), (std::vector<VersionState>{VersionState::active, VersionState::failed}));
  EXPECT_EQ(holder_of(call())->spec.task_root, "/nowhere");
}

TEST_F(LiveFleetTest, RetiringIsToldWhenEveryGenerationIsGone) {
  publish();
  fleet_.deploy(deployment());
  launch();
  fleet_.retire(hello);
  loop_.run_until_idle();
  EXPECT_EQ(told().back(), VersionState::active);

  const auto living = alive();
  for (const auto& environment : living) {
    EXPECT_TRUE(environment->drain);
    environment->goes(false);
  }
  loop_.run_until_idle();
  EXPECT_EQ(told(), (std::vector<VersionState>{VersionState::active, VersionState::retired}));
}

TEST_F(LiveFleetTest, RetiringWhatWasNeverDeployedIsToldToo) {
  fleet_.retire(hello);
  loop_.run_until_idle();
  EXPECT_EQ(told(), std::vector<VersionState>{VersionState::retired});
}

TEST_F(LiveFleetTest, AVersionCanBeDeployedAgainWhileItsPredecessorRetires) {
  publish();
  const auto old_ones = alive();
  fleet_.retire(hello);
  fleet_.deploy(deployment());
  launch();
  for (const auto& environment : alive()) {
    if (!environment->drain) environment->becomes_ready();
  }
  for (const auto& environment : old_ones) environment->goes(false);
  loop_.run_until_idle();

  EXPECT_EQ(told(),
            (std::vector<VersionState>{VersionState::active, VersionState::active, VersionState::retired}));
  EXPECT_NE(holder_of(call()), nullptr);
}

TEST_F(LiveFleetTest, ScalingToZeroDeactivatesAndBackActivates) {
  publish();
  fleet_.scale(hello, 0, 0);
  for (const auto& environment : alive()) environment->goes(false);
  loop_.run_until_idle();
  EXPECT_EQ(told().back(), VersionState::deactivated);

  fleet_.scale(hello, 1, std::nullopt);
  launch();
  ASSERT_EQ(alive().size(), 1U);
  alive().front()->becomes_ready();
  loop_.run_until_idle();
  EXPECT_EQ(told().back(), VersionState::active);
}

TEST_F(LiveFleetTest, LogsCarryWhereTheyComeFrom) {
  publish();
  environments_.all.at(0)->events.on_log(environment::LogSource::function, "hi there");
  const observe::LogBatch batch = logs_.read("hello", 0);
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0].line, "hi there");
  EXPECT_EQ(batch.events[0].version, "1");
  EXPECT_EQ(batch.events[0].source, "function");
  EXPECT_EQ(batch.events[0].environment, environments_.all.at(0)->spec.id);
}

TEST_F(LiveFleetTest, ShuttingDownEndsEveryEnvironmentStartsNoneAndRefusesCalls) {
  publish();
  bool done = false;
  fleet_.shut_down(milliseconds{500}, [&] { done = true; });
  const std::size_t refused = call();
  const auto living = alive();
  for (const auto& environment : living) {
    EXPECT_EQ(environment->drain, milliseconds{500});
    EXPECT_FALSE(done);
    environment->goes(false);
  }
  EXPECT_FALSE(done);  // never from inside
  loop_.run_until_idle();

  EXPECT_TRUE(done);
  EXPECT_EQ(replies_[refused]->kind, InvokeReply::Kind::throttled);
  EXPECT_EQ(environments_.all.size(), 3U);
  EXPECT_TRUE(loop_.idle());
}

TEST_F(LiveFleetTest, ShuttingDownWithNothingRunningIsDoneAtOnce) {
  bool done = false;
  fleet_.shut_down(milliseconds{500}, [&] { done = true; });
  loop_.run_until_idle();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace lmi::emulator::app
