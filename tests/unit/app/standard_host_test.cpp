#include "app/standard_host.hpp"

#include "loop/manual_loop.hpp"
#include "unit/app/fake_environments.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lmi::emulator::app {
namespace {

using control_plane::InvokeReply;
using control_plane::VersionKey;
using control_plane::VersionNotice;
using control_plane::VersionState;
using environment::Outcome;
using environment::ShutdownReason;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::FakeEnvironment;

const VersionKey hello{"hello", "$LATEST"};

class StandardHostTest : public testing::Test {
 protected:
  StandardHostTest() {
    host_.on_notice([this](const VersionNotice& notice) { notices_.push_back(notice); });
    host_.deploy(deployment());
  }

  static StandardHostConfig config() {
    StandardHostConfig config;
    config.environments_directory = "/lmi-tmp";
    return config;
  }
  static control_plane::VersionDeployment deployment(std::uint64_t number = 1) {
    control_plane::VersionDeployment version;
    version.key = hello;
    version.arn = "arn:aws:lambda:eu-west-1:123456789012:function:hello:$LATEST";
    version.handler = "bootstrap";
    version.timeout = seconds{30};
    version.memory_mb = 256;
    version.log_format = "Text";
    version.task_root = "/code/" + std::to_string(number);
    version.number = number;
    return version;
  }
  /// The index in `replies_` that this call will fill.
  std::size_t call(std::optional<unsigned> reserved = {}, unsigned unreserved = 1000) {
    const std::size_t index = replies_.size();
    replies_.emplace_back();
    control_plane::InvokeCall invoke;
    invoke.request_id = "request-" + std::to_string(index);
    invoke.payload = "{}";
    invoke.reserved_concurrency = reserved;
    invoke.unreserved_concurrency = unreserved;
    host_.invoke(hello, std::move(invoke), [this, index](InvokeReply reply) {
      EXPECT_FALSE(replies_[index]) << "answered twice";
      replies_[index] = std::move(reply);
    });
    loop_.run_until_idle();
    return index;
  }
  std::vector<std::shared_ptr<FakeEnvironment>> alive() const {
    std::vector<std::shared_ptr<FakeEnvironment>> living;
    std::copy_if(environments_.all.begin(), environments_.all.end(), std::back_inserter(living),
                 [](const auto& environment) { return environment->alive; });
    return living;
  }
  FakeEnvironment& environment(std::size_t index) { return *environments_.all.at(index); }
  /// The environment's newest call succeeds; then it asks for the next event.
  void answer(FakeEnvironment& of, std::string body = "{}") {
    of.answers(of.calls.size() - 1, std::move(body));
    of.events.on_idle();
    loop_.run_until_idle();
  }
  /// A cold call, answered.
  void warm_up() {
    call();
    environment(0).becomes_ready();
    answer(environment(0));
  }
  /// What a real environment tells when its Init fails, in its order.
  void fail_init(FakeEnvironment& which, environment::InitFailure failure) {
    which.events.on_init_failed(failure);
    which.calls.at(0).done(FakeEnvironment::ended(Outcome::Kind::function_error, failure.error_type));
    which.goes(true);
    loop_.run_until_idle();
  }
  std::vector<std::uint64_t> ended() const {
    std::vector<std::uint64_t> numbers;
    for (const VersionNotice& notice : notices_) {
      EXPECT_EQ(notice.state, VersionState::ended);
      numbers.push_back(notice.number);
    }
    return numbers;
  }

  ManualLoop loop_;
  observe::LogStore logs_{loop_};
  test::FakeEnvironments environments_;
  StandardHost host_{{loop_, logs_, environments_.factory()}, config()};
  std::vector<VersionNotice> notices_;
  std::vector<std::optional<InvokeReply>> replies_;
};

TEST_F(StandardHostTest, NothingIsStartedBeforeTheFirstCall) {
  loop_.run_until_idle();
  EXPECT_TRUE(environments_.all.empty());
  EXPECT_TRUE(notices_.empty());
}

TEST_F(StandardHostTest, ACallStartsAnEnvironmentOfStandardLambdaAndIsGivenToIt) {
  call();
  ASSERT_EQ(environments_.all.size(), 1U);
  const environment::EnvironmentSpec& spec = environment(0).spec;
  EXPECT_TRUE(environment(0).started);
  EXPECT_EQ(environment(0).calls.size(), 1U);
  EXPECT_EQ(spec.max_concurrency, std::nullopt);
  EXPECT_EQ(spec.init_timeout, seconds{10});
  EXPECT_EQ(spec.timeout, seconds{30});
  EXPECT_EQ(spec.function_version, "$LATEST");
  EXPECT_EQ(spec.region, "eu-west-1");
  EXPECT_EQ(spec.memory_limit_bytes, 256U << 20U);
  EXPECT_EQ(spec.log_format, "Text");
  EXPECT_EQ(spec.log_group, "/aws/lambda/hello");
  EXPECT_FALSE(spec.repeats_init);
}

TEST_F(StandardHostTest, AnIdleEnvironmentIsUsedAgain) {
  warm_up();
  ASSERT_TRUE(replies_[0]);
  EXPECT_EQ(replies_[0]->kind, InvokeReply::Kind::success);
  call();
  EXPECT_EQ(environments_.all.size(), 1U);
  EXPECT_EQ(environment(0).calls.size(), 2U);
}

TEST_F(StandardHostTest, CallsAtOnceGetAnEnvironmentEachAndTheLastUsedIsUsedFirst) {
  call();
  call();
  ASSERT_EQ(environments_.all.size(), 2U);
  answer(environment(1));
  answer(environment(0));
  call();
  EXPECT_EQ(environment(0).calls.size(), 2U);
}

TEST_F(StandardHostTest, AnEnvironmentThatAnsweredAndHasNotAskedForMoreGetsNoCall) {
  call();
  environment(0).answers(0, "{}");
  call();
  EXPECT_EQ(environments_.all.size(), 2U);
}

TEST_F(StandardHostTest, AnIdleEnvironmentEndsAfterTheIdleTime) {
  warm_up();
  loop_.advance(minutes{10} - milliseconds{1});
  EXPECT_FALSE(environment(0).drain);
  loop_.advance(milliseconds{1});
  ASSERT_TRUE(environment(0).drain);
  EXPECT_EQ(environment(0).reason, ShutdownReason::spindown);
  call();
  EXPECT_EQ(environments_.all.size(), 2U);
}

TEST_F(StandardHostTest, AfterAnUpdateNewCallsGetNewEnvironmentsAndOldOnesEndAfterTheirCall) {
  warm_up();
  call();
  call();
  answer(environment(1));
  host_.deploy(deployment(2));
  EXPECT_TRUE(environment(1).drain) << "idle: ends at once";
  EXPECT_FALSE(environment(0).drain) << "busy: finishes its call";
  call();
  ASSERT_EQ(environments_.all.size(), 3U);
  EXPECT_EQ(environment(2).spec.task_root, "/code/2");
  environment(1).goes(false);
  loop_.run_until_idle();
  EXPECT_TRUE(ended().empty());

  answer(environment(0), "from the old code");
  EXPECT_EQ(replies_[1]->body, "from the old code");
  EXPECT_TRUE(environment(0).drain);
  environment(0).goes(false);
  loop_.run_until_idle();
  EXPECT_EQ(ended(), std::vector<std::uint64_t>{1});
}

TEST_F(StandardHostTest, ARetiredVersionTakesNoCallsAndItsKeyIsFreeAtOnce) {
  call();
  host_.retire(hello);
  const std::size_t refused = call();
  EXPECT_EQ(replies_[refused]->kind, InvokeReply::Kind::throttled);
  host_.deploy(deployment(2));
  call();
  ASSERT_EQ(environments_.all.size(), 2U);

  answer(environment(0));
  EXPECT_EQ(replies_[0]->kind, InvokeReply::Kind::success);
  environment(0).goes(false);
  loop_.run_until_idle();
  EXPECT_EQ(ended(), std::vector<std::uint64_t>{1});
}

TEST_F(StandardHostTest, AVersionThatNeverRanEndsAtOnce) {
  host_.retire(hello);
  loop_.run_until_idle();
  EXPECT_EQ(ended(), std::vector<std::uint64_t>{1});
}

TEST_F(StandardHostTest, AFailedInitIsRepeatedOnceWithinTheCallWithTheFunctionsTimeout) {
  call();
  fail_init(environment(0), {"Runtime.ExitError", "Runtime exited with error: exit status 1", ""});
  ASSERT_EQ(environments_.all.size(), 2U);
  EXPECT_FALSE(replies_[0]);
  EXPECT_TRUE(environment(1).spec.repeats_init);
  EXPECT_EQ(environment(1).spec.init_timeout, seconds{30});
  environment(1).becomes_ready();
  answer(environment(1), "second attempt");
  EXPECT_EQ(replies_[0]->body, "second attempt");
}

TEST_F(StandardHostTest, TheSecondFailureOfInitIsTheCallersError) {
  call();
  const environment::InitFailure failure{"Runtime.ExitError", "Runtime exited with error: exit status 1", ""};
  fail_init(environment(0), failure);
  fail_init(environment(1), failure);
  ASSERT_TRUE(replies_[0]);
  EXPECT_EQ(replies_[0]->kind, InvokeReply::Kind::function_error);
  EXPECT_EQ(replies_[0]->error_type, "Runtime.ExitError");
  EXPECT_EQ(replies_[0]->body,
            R"({"errorType":"Runtime.ExitError","errorMessage":"Runtime exited with error: exit status 1"})");
  EXPECT_TRUE(alive().empty());
}

TEST_F(StandardHostTest, WhatTheRuntimePostedAboutItsInitGoesToTheCallerAsItIs) {
  call();
  const environment::InitFailure failure{"Function.Boo", "boo", R"({"errorType":"Boo","stackTrace":[]})"};
  fail_init(environment(0), failure);
  fail_init(environment(1), failure);
  EXPECT_EQ(replies_[0]->body, failure.body);
}

TEST_F(StandardHostTest, ACrashAnswersItsCallerAndTheNextCallGetsANewEnvironment) {
  warm_up();
  call();
  environment(0).fails(1, "Runtime.ExitError");
  environment(0).goes(true);
  loop_.run_until_idle();
  EXPECT_EQ(replies_[1]->error_type, "Runtime.ExitError");
  call();
  EXPECT_EQ(environments_.all.size(), 2U);
}

TEST_F(StandardHostTest, ACallThatNeverReachedTheFunctionGoesToAnotherEnvironment) {
  warm_up();
  call();
  environment(0).refuses(1, "Runtime.Unavailable");
  loop_.run_until_idle();
  ASSERT_EQ(environments_.all.size(), 2U);
  EXPECT_TRUE(environment(0).drain);
  environment(1).becomes_ready();
  answer(environment(1));
  EXPECT_EQ(replies_[1]->kind, InvokeReply::Kind::success);
}

TEST_F(StandardHostTest, ARuntimeThatDoesNotAskForTheNextEventIsReplaced) {
  call();
  environment(0).becomes_ready();
  environment(0).answers(0, "{}");
  loop_.advance(seconds{30});
  ASSERT_TRUE(environment(0).drain);
  EXPECT_EQ(environment(0).reason, ShutdownReason::timeout);
}

TEST_F(StandardHostTest, RefusalsCarryTheReasonOfTheLimitThatWasReached) {
  call(1);
  const std::size_t reserved = call(1);
  EXPECT_EQ(replies_[reserved]->api_reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
  const std::size_t none = call(0);
  EXPECT_EQ(replies_[none]->api_reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
  const std::size_t account = call({}, 1);
  EXPECT_EQ(replies_[account]->kind, InvokeReply::Kind::throttled);
  EXPECT_EQ(replies_[account]->api_reason, "ConcurrentInvocationLimitExceeded");
  EXPECT_EQ(environments_.all.size(), 1U);
}

TEST_F(StandardHostTest, ALogTailGoesToWhomeverAskedForIt) {
  call();
  EXPECT_FALSE(environment(0).calls[0].invocation.wants_log_tail);
  environment::Outcome outcome;
  outcome.log_tail = "START …";
  environment(0).calls[0].done(outcome);
  EXPECT_EQ(replies_[0]->log_tail, "START …");
}

TEST_F(StandardHostTest, TheSnapshotShowsItsEnvironments) {
  warm_up();
  call();
  call();
  observe::FleetSnapshot snapshot;
  host_.add_to(snapshot);
  ASSERT_EQ(snapshot.environments.size(), 2U);
  EXPECT_EQ(snapshot.environments[0].state, "ready");
  EXPECT_EQ(snapshot.environments[0].version, "$LATEST");
  EXPECT_EQ(snapshot.environments[0].slots, 1U);
  EXPECT_EQ(snapshot.environments[1].state, "starting");
}

TEST_F(StandardHostTest, ShuttingDownLetsCallsFinishAndRefusesNewOnes) {
  warm_up();
  call();
  bool done = false;
  host_.shut_down(seconds{2}, [&] { done = true; });
  EXPECT_EQ(environment(0).drain, seconds{2});
  const std::size_t refused = call();
  EXPECT_EQ(replies_[refused]->kind, InvokeReply::Kind::throttled);
  environment(0).answers(1, "{}");
  environment(0).goes(false);
  loop_.run_until_idle();
  EXPECT_TRUE(done);
  EXPECT_TRUE(replies_[1]);
}

TEST_F(StandardHostTest, ProvisionedEnvironmentsStartAheadOfCallsAndGetThem) {
  host_.provision(hello, 2);
  ASSERT_EQ(environments_.all.size(), 2U);
  EXPECT_TRUE(environment(0).started);
  EXPECT_TRUE(environment(0).spec.provisioned);
  EXPECT_EQ(environment(0).spec.init_timeout, seconds{130});
  EXPECT_EQ(host_.provisioned(hello).ready, 0U);
  for (const auto& one : environments_.all) {
    one->becomes_ready();
    one->events.on_idle();
  }
  EXPECT_EQ(host_.provisioned(hello).ready, 2U);

  call({}, 0);
  call({}, 0);
  EXPECT_EQ(environment(0).calls.size() + environment(1).calls.size(), 2U) << "nothing unreserved is taken";
  EXPECT_EQ(host_.provisioned(hello).ready, 2U);
  call();
  ASSERT_EQ(environments_.all.size(), 3U) << "the third call spills over";
  EXPECT_FALSE(environment(2).spec.provisioned);
  EXPECT_EQ(environment(2).spec.init_timeout, seconds{10});
}

TEST_F(StandardHostTest, AProvisionedEnvironmentThatCannotStartIsAFailureUntilItIsAskedForAgain) {
  host_.provision(hello, 1);
  environment(0).fails_init("Runtime.ExitError");
  EXPECT_TRUE(host_.provisioned(hello).failed);
  EXPECT_TRUE(alive().empty());
  host_.provision(hello, 1);
  EXPECT_FALSE(host_.provisioned(hello).failed);
  EXPECT_EQ(alive().size(), 1U);
}

TEST_F(StandardHostTest, AProvisionedEnvironmentThatCrashesInACallIsReplaced) {
  host_.provision(hello, 1);
  environment(0).becomes_ready();
  environment(0).events.on_idle();
  call();
  environment(0).fails(0, "Runtime.ExitError");
  environment(0).goes(true);
  ASSERT_EQ(environments_.all.size(), 2U);
  EXPECT_TRUE(environment(1).spec.provisioned);
  EXPECT_FALSE(host_.provisioned(hello).failed);
}

TEST_F(StandardHostTest, FewerProvisionedEnvironmentsEndTheIdleAndLetCallsFinish) {
  host_.provision(hello, 2);
  for (const auto& one : environments_.all) {
    one->becomes_ready();
    one->events.on_idle();
  }
  call();
  FakeEnvironment& busy = environment(environment(0).calls.empty() ? 1 : 0);
  FakeEnvironment& idle = environment(environment(0).calls.empty() ? 0 : 1);
  host_.provision(hello, 0);
  EXPECT_TRUE(idle.reason);
  EXPECT_FALSE(busy.reason);
  answer(busy, "done");
  EXPECT_EQ(replies_.at(0)->body, "done");
  EXPECT_TRUE(busy.reason);
  EXPECT_EQ(host_.provisioned(hello).ready, 0U);
}

TEST_F(StandardHostTest, ProvisionedEnvironmentsOutliveTheIdleTimeAndEndWithTheirVersion) {
  host_.provision(hello, 1);
  environment(0).becomes_ready();
  environment(0).events.on_idle();
  loop_.advance(minutes{60});
  EXPECT_FALSE(environment(0).reason);
  host_.retire(hello);
  EXPECT_TRUE(environment(0).reason);
  environment(0).goes(false);
  EXPECT_EQ(environments_.all.size(), 1U) << "it is not replaced";
}

}  // namespace
}  // namespace lmi::emulator::app
