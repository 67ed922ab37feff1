// The commands that talk to an endpoint, against scripted answers.

#include "connect.hpp"
#include "invoke.hpp"
#include "load/load.hpp"
#include "logs.hpp"
#include "status.hpp"
#include "unit/cli/fake_lambda.hpp"
#include "unit/cli/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace lmi::cli {
namespace {

using nlohmann::json;
using test::captured_stdout;
using test::FakeLambda;
using test::TempDirectory;
using testing::HasSubstr;

const std::string invocations = "POST /2015-03-31/functions/f/invocations";
const std::string configuration = "GET /2015-03-31/functions/f/configuration";

std::string read(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

InvokeOptions invoke_options(const FakeLambda& lambda) {
  InvokeOptions options;
  options.connection.endpoint = lambda.url();
  options.function = "f";
  return options;
}

TEST(Invoke, PrintsTheAnswer) {
  FakeLambda lambda;
  lambda.script(invocations, 200, R"({"a":1})");
  auto options = invoke_options(lambda);
  options.payload = R"({"name":"Ada"})";
  Result<ExitCode> result;
  EXPECT_EQ(captured_stdout([&] { result = invoke(options); }), "{\"a\":1}\n");
  EXPECT_EQ(result.value(), ExitCode::ok);
  EXPECT_EQ(lambda.last(invocations)->body, R"({"name":"Ada"})");
}

TEST(Invoke, AFunctionErrorGoesToStderrAndIsExitCodeOne) {
  FakeLambda lambda;
  lambda.script(invocations, 200, R"({"errorType":"Function.Boo"})", "X-Amz-Function-Error: Unhandled\r\n");
  Result<ExitCode> result;
  testing::internal::CaptureStderr();
  EXPECT_EQ(captured_stdout([&] { result = invoke(invoke_options(lambda)); }), "");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Function.Boo"));
  EXPECT_EQ(result.value(), ExitCode::failed);
}

TEST(Invoke, AThrottleIsExplained) {
  FakeLambda lambda;
  lambda.script(invocations, 429,
                R"({"Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."})",
                "x-amzn-ErrorType: TooManyRequestsException\r\n");
  const auto result = invoke(invoke_options(lambda));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "TooManyRequestsException: Rate Exceeded. (ConcurrentInvocationLimitExceeded)");
  EXPECT_THAT(result.error().advice, HasSubstr("--concurrency"));
}

TEST(Invoke, AFunctionThatDidNotStartIsExplained) {
  FakeLambda lambda;
  lambda.script(invocations, 409, R"({"message":"The function is currently in the following state: Failed"})",
                "x-amzn-ErrorType: ResourceConflictException\r\n");
  const auto result = invoke(invoke_options(lambda));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().advice, HasSubstr("`lmi logs` says why"));
}

TEST(Invoke, OutputForProgramsHasThePayloadAndTheError) {
  FakeLambda lambda;
  lambda.script(invocations + "?Qualifier=7", 200, R"({"errorType":"X"})",
                "X-Amz-Function-Error: Unhandled\r\nX-Amz-Executed-Version: 7\r\n");
  auto options = invoke_options(lambda);
  options.qualifier = "7";
  options.connection.output = OutputFormat::json;
  const auto printed =
      json::parse(captured_stdout([&] { EXPECT_EQ(invoke(options).value(), ExitCode::failed); }));
  EXPECT_EQ(printed["functionError"], "Unhandled");
  EXPECT_EQ(printed["executedVersion"], "7");
  EXPECT_EQ(printed["payload"]["errorType"], "X");
}

TEST(Payload, MayBeTextOrAFileButMustBeJson) {
  const TempDirectory directory;
  const auto file = directory.write("event.json", "[1]");
  EXPECT_EQ(read_payload("{}").value(), "{}");
  EXPECT_EQ(read_payload("@" + file.string()).value(), "[1]");
  EXPECT_EQ(read_payload("{name:Ada}").error().exit, ExitCode::usage);
  EXPECT_EQ(read_payload("@/nonexistent").error().exit, ExitCode::usage);
}

TEST(Logs, PrintsWhatIsStored) {
  FakeLambda lambda;
  lambda.script(configuration, 200, "{}");
  lambda.script(
      "GET /_lmi/logs?function=f&after=0&wait=0", 200,
      R"({"events":[{"time":"T","environment":"ee-1","source":"function","line":"hello"}],"next":1})");
  LogsOptions options;
  options.connection.endpoint = lambda.url();
  options.function = "f";
  EXPECT_EQ(captured_stdout([&] { EXPECT_TRUE(logs(options)); }), "T  ee-1  hello\n");
}

TEST(Logs, FollowingAsksForWhatComesNextUntilTheEndpointIsGone) {
  FakeLambda lambda;
  const std::string path = "GET /_lmi/logs?function=f&after=";
  lambda.script(configuration, 200, "{}");
  lambda.script(path + "0&wait=0", 200, R"({"events":[{"source":"function","line":"old"}],"next":5})");
  lambda.script(path + "5&wait=20", 200, R"({"events":[{"source":"platform","line":"new"}],"next":6})");
  lambda.script_drop(path + "6&wait=20");
  LogsOptions options;
  options.connection.endpoint = lambda.url();
  options.function = "f";
  options.follow = true;
  const auto printed = captured_stdout([&] { EXPECT_FALSE(logs(options)); });
  EXPECT_THAT(printed, HasSubstr("platform: new"));
  EXPECT_THAT(printed, testing::Not(HasSubstr("old")));

  options.since_start = true;
  EXPECT_THAT(captured_stdout([&] { EXPECT_FALSE(logs(options)); }), HasSubstr("old"));
}

TEST(Logs, AnUnknownFunctionIsAnErrorAndNotSilence) {
  const FakeLambda lambda;
  LogsOptions options;
  options.connection.endpoint = lambda.url();
  options.function = "f";
  const auto result = logs(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().api_code, "ResourceNotFoundException");
}

TEST(Status, ShowsOnlyTheFunctionAskedFor) {
  FakeLambda lambda;
  lambda.script(
      "GET /_lmi/environments", 200,
      R"({"environments":[{"functionName":"f","id":"ee-1","peakInFlight":16},{"functionName":"g"}],)"
      R"("instances":[]})");
  StatusOptions options;
  options.connection.endpoint = lambda.url();
  options.function = "f";
  const auto table = captured_stdout([&] { EXPECT_TRUE(status(options)); });
  EXPECT_THAT(table, HasSubstr("ee-1"));
  options.connection.output = OutputFormat::json;
  const auto printed = json::parse(captured_stdout([&] { EXPECT_TRUE(status(options)); }));
  ASSERT_EQ(printed["environments"].size(), 1U);
  EXPECT_EQ(printed["environments"][0]["peakInFlight"], 16);
}

class Load : public testing::Test {
 protected:
  Load() {
    options_.connection.endpoint = lambda_.url();
    options_.connection.output = OutputFormat::json;
    options_.function = "f";
    options_.concurrency = 2;
    options_.requests = 6;
    lambda_.script(configuration, 200, "{}");
  }
  json run(ExitCode expected) {
    return json::parse(captured_stdout([&] { EXPECT_EQ(load::load(options_).value(), expected); }));
  }

  FakeLambda lambda_;
  LoadOptions options_;
};

TEST_F(Load, SendsSignedInvocationsAndReports) {
  lambda_.script(invocations, 200, "1");
  const auto printed = run(ExitCode::ok);
  EXPECT_EQ(printed["succeeded"], 6);
  EXPECT_EQ(printed["failed"], 0);
  EXPECT_GT(printed["latencyMs"]["p50"].get<double>(), 0);
  const auto sent = *lambda_.last(invocations);
  EXPECT_EQ(sent.body, "{}");
  EXPECT_THAT(sent.headers.at("authorization"), HasSubstr("AWS4-HMAC-SHA256"));
  EXPECT_EQ(sent.headers.at("x-amz-date").size(), 16U);
}

TEST_F(Load, AnyFailureIsExitCodeOne) {
  lambda_.script(invocations, 200, "1");
  lambda_.script(invocations, 429, R"({"Reason":"R"})");
  lambda_.script(invocations, 200, "1");
  const auto printed = run(ExitCode::failed);
  EXPECT_EQ(printed["failed"], 1);
  EXPECT_EQ(printed["failures"][0]["class"], "throttled");
  EXPECT_EQ(printed["failures"][0]["detail"], "R");
}

TEST_F(Load, SendsEachFileOfADirectoryAndSavesEachAnswer) {
  const TempDirectory directory;
  directory.write("events/a.json", "\"A\"");
  directory.write("events/b.json", "\"B\"");
  options_.payload_directory = directory.path() / "events";
  options_.save_directory = directory.path() / "answers";
  options_.concurrency = 1;
  lambda_.script(invocations, 200, "first");
  lambda_.script(invocations, 200, "rest");

  run(ExitCode::ok);

  EXPECT_EQ(read(options_.save_directory / "00000000-a.json"), "first");
  EXPECT_EQ(read(options_.save_directory / "00000001-b.json"), "rest");
  EXPECT_EQ(read(options_.save_directory / "00000004-a.json"), "rest");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{options_.save_directory}, {}), 6);
}

TEST_F(Load, RefusesToMeasureAMistypedNameOrHttps) {
  options_.function = "g";
  EXPECT_EQ(load::load(options_).error().api_code, "ResourceNotFoundException");
  options_.connection.endpoint = "https://lambda.us-east-1.amazonaws.com";
  EXPECT_EQ(load::load(options_).error().exit, ExitCode::usage);
}

TEST_F(Load, NeedsEventsThatAreJson) {
  const TempDirectory directory;
  options_.payload_directory = directory.path();
  EXPECT_EQ(load::load(options_).error().exit, ExitCode::usage);
  directory.write("photo.jpg", "\xFF\xD8");
  EXPECT_THAT(load::load(options_).error().message, HasSubstr("photo.jpg"));
}

}  // namespace
}  // namespace lmi::cli
