#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <map>

namespace lmi::test {
namespace {

/// Runs a function, sends it these events (id → event), and gives back what it wrote.
std::vector<std::string> lines_of(ScriptedApi& api, const std::string& kind,
                                  ChildFunction::Environment environment,
                                  const std::map<std::string, std::string>& events) {
  environment.emplace_back("AWS_LAMBDA_RUNTIME_API", api.address());
  environment.emplace_back("TMPDIR", testing::TempDir());
  ChildFunction function{{kind}, environment};
  for (const auto& [id, event] : events)
    api.invoke({.id = id, .body = event, .headers = {{"Lambda-Runtime-Trace-Id", "Root=" + id}}});
  for (const auto& [id, event] : events) EXPECT_TRUE(api.wait_for_answer(id));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
  return function.output_lines();
}

/// The value under `key` in the line that has this message; "?" when there is no such line, "" without the
/// key.
std::string field_of(const std::vector<std::string>& lines, const std::string& message,
                     const std::string& key) {
  for (const auto& line : lines) {
    const auto entry = nlohmann::json::parse(line);
    if (entry.at("message") == message) return entry.value(key, "");
  }
  return "?";
}

class Logs : public testing::TestWithParam<std::string> {
 protected:
  const ChildFunction::Environment managed_{{"AWS_LAMBDA_MAX_CONCURRENCY", "4"}};
  ScriptedApi api_;
};

TEST_P(Logs, R36_EveryLineUnderLoadIsOneObjectWithItsOwnRequestId) {
  std::map<std::string, std::string> events;
  for (int i = 0; i < 100; ++i) events["id-" + std::to_string(i)] = "log from id-" + std::to_string(i);
  const auto lines = lines_of(api_, GetParam(), managed_, events);

  int own = 0;
  for (const auto& line : lines) {
    const auto entry = nlohmann::json::parse(line);
    EXPECT_TRUE(entry.contains("timestamp") && entry.contains("level")) << line;
    const std::string message = entry.at("message");
    if (!message.starts_with("from ")) continue;
    ++own;
    EXPECT_EQ("from " + entry.value("requestId", ""), message);
    EXPECT_EQ("from " + entry.value("traceId", "").substr(5), message);
  }
  EXPECT_EQ(own, 100);
}

TEST_P(Logs, R37_ALineOutsideAnInvocationHasNoRequestId) {
  const auto lines = lines_of(api_, GetParam(), managed_, {{"a", "log inside"}});

  EXPECT_EQ(field_of(lines, "inside", "requestId"), "a");
  EXPECT_EQ(field_of(lines, "runtime.stopped code=0", "requestId"), "");
}

TEST_P(Logs, R38_NewlinesQuotesAndInvalidUtf8StayOneValidLine) {
  const auto lines = lines_of(api_, GetParam(), managed_, {{"a", "log a\n\"b\"\\ \xff\xc3("}});

  EXPECT_EQ(field_of(lines, "a\n\"b\"\\ \xEF\xBF\xBD\xEF\xBF\xBD(", "requestId"), "a");
}

TEST_P(Logs, R39_StandardLambdaWritesTextUnlessToldOtherwise) {
  const auto text = lines_of(api_, GetParam(), {{"AWS_LAMBDA_LOG_FORMAT", "Text"}}, {{"a", "log hello"}});
  EXPECT_TRUE(std::any_of(text.begin(), text.end(),
                          [](const auto& line) { return line.ends_with("\ta\tINFO\thello"); }));

  const auto json = lines_of(api_, GetParam(), {{"AWS_LAMBDA_LOG_FORMAT", "json"}}, {{"b", "log hello"}});
  EXPECT_EQ(field_of(json, "hello", "requestId"), "b");
}

TEST_P(Logs, R39_ManagedInstancesWriteJsonWhateverIsAsked) {
  auto environment = managed_;
  environment.emplace_back("AWS_LAMBDA_LOG_FORMAT", "Text");

  EXPECT_EQ(field_of(lines_of(api_, GetParam(), environment, {{"a", "log hello"}}), "hello", "requestId"),
            "a");
}

TEST_P(Logs, R40_LinesBelowTheLevelAreNotWritten) {
  auto environment = managed_;
  environment.emplace_back("AWS_LAMBDA_LOG_LEVEL", "ERROR");
  const auto lines = lines_of(api_, GetParam(), environment, {{"a", "log hidden"}, {"b", "throw"}});

  EXPECT_EQ(field_of(lines, "hidden", "requestId"), "?");
  EXPECT_EQ(field_of(lines, "invoke.failed type=Function.RuntimeError message=\"as told\"", "level"),
            "ERROR");
}

TEST_P(Logs, R41_AMessageOf200KilobytesBecomesOneLineBelow64KiB) {
  const auto lines = lines_of(api_, GetParam(), managed_, {{"a", "log-big 200000"}});

  std::size_t longest = 0;
  for (const auto& line : lines) {
    EXPECT_TRUE(nlohmann::json::accept(line)) << line.substr(0, 200);
    longest = std::max(longest, line.size());
  }
  EXPECT_GT(longest, 60'000U);
  EXPECT_LT(longest + 1, 65'536U);
}

INSTANTIATE_TEST_SUITE_P(, Logs, testing::Values("blocking", "coroutine"), [](const auto& tested) {
  return tested.param == "blocking" ? "Blocking" : "Coroutine";
});

TEST(DefaultLogger, R36_CarriesTheRequestIdInsideABlockingHandler) {
  ScriptedApi api;
  const auto lines =
      lines_of(api, "blocking", {{"AWS_LAMBDA_MAX_CONCURRENCY", "2"}}, {{"a", "default-log hello"}});

  EXPECT_EQ(field_of(lines, "hello", "requestId"), "a");
}

}  // namespace
}  // namespace lmi::test
