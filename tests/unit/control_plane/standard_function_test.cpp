// Functions without a capacity provider.
#include "fixture.hpp"
#include "model/base64.hpp"
#include "support/event_stream_reader.hpp"
#include "support/zip_builder.hpp"

#include <filesystem>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* function_path = "/2015-03-31/functions/f";
constexpr const char* invoke_path = "/2015-03-31/functions/f/invocations";
const VersionKey latest_key{"f", "$LATEST"};

class StandardFunctions : public ControlPlaneTest {
 protected:
  void create(json changes = json::object()) {
    changes["CapacityProviderConfig"] = nullptr;
    ASSERT_EQ(create_function(changes).status, 201U);
    settle();
  }
  FakeHost::Invoked invoked(const std::string& target, http::Headers extra = {}) {
    pending_ = start("POST", target, "{}", std::move(extra));
    loop_.run_until([this] { return !host_->calls.empty(); });
    FakeHost::Invoked taken = std::move(host_->calls.front());
    host_->calls.pop_front();
    return taken;
  }
  /// The answer to the call of invoked(), once the test has replied.
  Answer answer() {
    loop_.run_until([this] { return pending_->has_value(); });
    return pending_->value();
  }
  void tell_ended(std::uint64_t number) {
    host_->tell({latest_key, VersionState::ended, {}, {}, number});
    flush();
  }

  std::shared_ptr<std::optional<Answer>> pending_;
};

TEST_F(StandardFunctions, AreGivenToTheHostAsTheyAre) {
  create({{"Timeout", 7}, {"MemorySize", 512}});
  ASSERT_EQ(host_->deployed.size(), 1U);
  const VersionDeployment& deployment = host_->deployed[0];
  EXPECT_EQ(deployment.key, latest_key);
  EXPECT_TRUE(deployment.provider.empty());
  EXPECT_EQ(deployment.arn, "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST");
  EXPECT_EQ(deployment.timeout, std::chrono::seconds{7});
  EXPECT_EQ(deployment.memory_mb, 512U);
  EXPECT_EQ(deployment.log_format, "Text");
  EXPECT_TRUE(deployment.opt_root.empty());
  EXPECT_TRUE(std::filesystem::exists(deployment.task_root / "bootstrap"));
}

TEST_F(StandardFunctions, AreInvokedAsLatestWithoutAndWithAQualifier) {
  create();
  for (const char* target : {invoke_path, "/2015-03-31/functions/f/invocations?Qualifier=$LATEST"}) {
    const auto call = invoked(target);
    EXPECT_EQ(call.key, latest_key);
    call.done({});
    EXPECT_EQ(answer().header("X-Amz-Executed-Version"), "$LATEST");
  }
  EXPECT_EQ(send("POST", "/2015-03-31/functions/f/invocations?Qualifier=1").status, 404U);
}

TEST_F(StandardFunctions, PublishedVersionsAreInvocableAtOnce) {
  create();
  const Answer published = send("POST", "/2015-03-31/functions/f/versions");
  ASSERT_EQ(published.status, 201U) << published.text;
  EXPECT_EQ(published.body.at("State"), "Active");
  ASSERT_EQ(host_->deployed.size(), 2U);
  const auto call = invoked("/2015-03-31/functions/f/invocations?Qualifier=1");
  EXPECT_EQ(call.key, (VersionKey{"f", "1"}));
  EXPECT_EQ(call.call.invoked_arn, "arn:aws:lambda:us-east-1:000000000000:function:f:1");
  call.done({});
  EXPECT_EQ(answer().header("X-Amz-Executed-Version"), "1");
}

TEST_F(StandardFunctions, EveryChangeOfLatestIsDeployedAndOldCodeStaysUntilItsDeploymentEnded) {
  create();
  const VersionDeployment first = host_->deployed[0];
  send("PUT", "/2015-03-31/functions/f/code", {{"ZipFile", package("changed")}});
  settle();
  ASSERT_EQ(host_->deployed.size(), 2U);
  EXPECT_NE(host_->deployed[1].task_root, first.task_root);
  EXPECT_NE(host_->deployed[1].number, first.number);
  EXPECT_TRUE(std::filesystem::exists(first.task_root)) << "a call may still run from it";
  tell_ended(first.number);
  EXPECT_FALSE(std::filesystem::exists(first.task_root));
  EXPECT_TRUE(std::filesystem::exists(host_->deployed[1].task_root));

  send("PUT", "/2015-03-31/functions/f/configuration", {{"MemorySize", 1024}});
  settle();
  ASSERT_EQ(host_->deployed.size(), 3U);
  EXPECT_EQ(host_->deployed[2].memory_mb, 1024U);
}

TEST_F(StandardFunctions, DeletingRetiresEveryVersionAndTheNameIsFreeAtOnce) {
  create();
  send("POST", "/2015-03-31/functions/f/versions");
  const VersionDeployment first = host_->deployed[0];
  EXPECT_EQ(send("DELETE", function_path).status, 204U);
  EXPECT_EQ(host_->retired, (std::vector<VersionKey>{latest_key, {"f", "1"}}));
  EXPECT_EQ(send("GET", function_path).status, 404U);

  create({{"Code", {{"ZipFile", package("another")}}}});
  EXPECT_EQ(host_->deployed.size(), 3U);
  tell_ended(first.number);
  EXPECT_TRUE(std::filesystem::exists(first.task_root)) << "version 1 has not ended";
  tell_ended(host_->deployed[1].number);
  EXPECT_FALSE(std::filesystem::exists(first.task_root));
  EXPECT_TRUE(std::filesystem::exists(host_->deployed[2].task_root));
}

TEST_F(StandardFunctions, NoChangeBringsOneBackThatIsBeingDeleted) {
  struct Change {
    const char* method;
    std::string target;
    json body;
  };
  const std::string function_2015 = "/2015-03-31/functions/f";
  const std::string arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af";
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Sid":"t","Effect":"Allow","Principal":"*",)"
      R"("Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"}]})";
  const json permission = {
      {"StatementId", "s2"}, {"Action", "lambda:InvokeFunction"}, {"Principal", "sns.amazonaws.com"}};
  const std::vector<Change> changes = {
      {"PUT", "/2017-10-31/functions/f/concurrency", {{"ReservedConcurrentExecutions", 5}}},
      {"DELETE", "/2017-10-31/functions/f/concurrency", nullptr},
      {"PUT",
       "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
       {{"ProvisionedConcurrentExecutions", 1}}},
      {"DELETE", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1", nullptr},
      {"POST", function_2015 + "/aliases", {{"Name", "other"}, {"FunctionVersion", "1"}}},
      {"PUT", function_2015 + "/aliases/live", {{"Description", "changed"}}},
      {"DELETE", function_2015 + "/aliases/live", nullptr},
      {"POST", function_2015 + "/versions", json::object()},
      {"PUT", function_2015 + "/configuration", {{"Timeout", 9}}},
      {"PUT", function_2015 + "/code", {{"ZipFile", package("new")}}},
      {"DELETE", function_2015 + "?Qualifier=1", nullptr},
      {"POST", function_2015 + "/policy", permission},
      {"DELETE", function_2015 + "/policy/s1", nullptr},
      {"PUT", "/2026-07-09/resource-policy/" + arn, {{"Policy", policy}}},
      {"DELETE", "/2026-07-09/resource-policy/" + arn, nullptr},
      {"POST", "/2017-03-31/tags/" + arn, {{"Tags", {{"a", "b"}}}}},
      {"DELETE", "/2017-03-31/tags/" + arn + "?tagKeys=a", nullptr},
      {"PUT", "/2024-08-31/functions/f/recursion-config", {{"RecursiveLoop", "Allow"}}},
      {"PUT", "/2021-07-20/functions/f/runtime-management-config", {{"UpdateRuntimeOn", "Auto"}}},
      {"PUT", "/2019-09-25/functions/f/event-invoke-config", {{"MaximumRetryAttempts", 0}}},
      {"POST", "/2019-09-25/functions/f/event-invoke-config", {{"MaximumRetryAttempts", 1}}},
      {"DELETE", "/2019-09-25/functions/f/event-invoke-config", nullptr},
      {"POST", "/2021-10-31/functions/f/url?Qualifier=live", {{"AuthType", "NONE"}}},
      {"PUT", "/2021-10-31/functions/f/url", {{"AuthType", "AWS_IAM"}}},
      {"DELETE", "/2021-10-31/functions/f/url", nullptr},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(std::string{change.method} + " " + change.target);
    create();
    ASSERT_EQ(send("POST", function_2015 + "/versions").status, 201U);
    ASSERT_EQ(send("POST", function_2015 + "/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
              201U);
    ASSERT_EQ(send("POST", "/2021-10-31/functions/f/url", {{"AuthType", "NONE"}}).status, 201U);
    ASSERT_EQ(
        send("PUT", "/2019-09-25/functions/f/event-invoke-config", {{"MaximumRetryAttempts", 2}}).status,
        200U);
    json first = permission;
    first["StatementId"] = "s1";
    ASSERT_EQ(send("POST", function_2015 + "/policy", first).status, 201U);

    const auto deleted = start("DELETE", function_path, "");
    const auto changed = start(change.method, change.target, change.body.is_null() ? "" : change.body.dump());
    loop_.run_until([&] { return deleted->has_value() && changed->has_value(); });
    settle();
    EXPECT_EQ((*deleted)->status, 204U);
    EXPECT_GE((*changed)->status, 400U) << (*changed)->text;
    // That there is no such operation would be no test.
    EXPECT_NE((*changed)->error(), "UnknownOperationException") << (*changed)->text;
    EXPECT_NE((*changed)->error(), "ValidationException") << (*changed)->text;
    EXPECT_EQ(send("GET", function_path).status, 404U);
    restart();
    EXPECT_EQ(send("GET", function_path).status, 404U);
  }
}

TEST_F(StandardFunctions, AreBackAfterARestart) {
  create();
  send("POST", "/2015-03-31/functions/f/versions");
  restart();
  ASSERT_EQ(host_->deployed.size(), 2U);
  EXPECT_EQ(configuration().at("State"), "Active");
  EXPECT_EQ(configuration("1").at("State"), "Active");
  invoked(invoke_path).done({});
  EXPECT_EQ(answer().status, 200U);
}

TEST_F(StandardFunctions, ATailOfTheLogIsGivenInBase64) {
  create();
  const auto call = invoked(invoke_path, {{"X-Amz-Log-Type", "Tail"}});
  EXPECT_TRUE(call.call.wants_log_tail);
  InvokeReply reply;
  reply.log_tail = "START RequestId: 1 Version: $LATEST\n";
  call.done(reply);
  EXPECT_EQ(answer().header("X-Amz-Log-Result"), model::base64_encode(reply.log_tail));

  const auto silent = invoked(invoke_path);
  EXPECT_FALSE(silent.call.wants_log_tail);
  silent.done({});
  EXPECT_EQ(answer().header("X-Amz-Log-Result"), "");
}

TEST_F(StandardFunctions, AStreamedAnswerEndsWithTheTailOfTheLog) {
  create();
  constexpr const char* streaming_path = "/2021-11-15/functions/f/response-streaming-invocations";
  InvokeReply reply;
  reply.body = "whole";
  reply.log_tail = "START RequestId: 1 Version: $LATEST\n";
  const auto end = [this, &reply](http::Headers extra) {
    const auto call = invoked(streaming_path, std::move(extra));
    call.done(reply);
    const bool wanted = call.call.wants_log_tail;
    return std::pair{wanted, json::parse(frames::read_frames(answer().text).back().payload)};
  };
  const std::string tail = model::base64_encode(reply.log_tail);
  EXPECT_EQ(end({{"X-Amz-Log-Type", "Tail"}}), std::pair(true, json{{"LogResult", tail}}));
  reply.kind = InvokeReply::Kind::function_error;
  EXPECT_EQ(end({{"X-Amz-Log-Type", "Tail"}}).second.at("LogResult"), tail);
  reply = {};
  EXPECT_EQ(end({}), std::pair(false, json::object()));
}

TEST_F(StandardFunctions, ThrottlingSaysWhichLimitWasReached) {
  create();
  InvokeReply reply;
  reply.kind = InvokeReply::Kind::throttled;
  reply.api_reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
  invoked(invoke_path).done(reply);
  const Answer refused = answer();
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(refused.error(), "TooManyRequestsException");
  EXPECT_EQ(refused.body.at("Reason"), reply.api_reason);
  EXPECT_EQ(refused.message(), "Rate Exceeded.");
}

TEST_F(StandardFunctions, CallsCarryTheConcurrencyOfTheAccount) {
  create();
  const auto call = invoked(invoke_path);
  EXPECT_EQ(call.call.reserved_concurrency, std::nullopt);
  EXPECT_EQ(call.call.unreserved_concurrency, 1000U);
  call.done({});
}

TEST_F(StandardFunctions, CannotPublishToLatestPublished) {
  create();
  EXPECT_EQ(send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}}).status,
            400U);
  EXPECT_EQ(send("POST", "/2015-03-31/functions/f/invocations?Qualifier=$LATEST.PUBLISHED").status, 404U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
