#include "core/backoff.hpp"
#include "core/json_text.hpp"
#include "core/log_line.hpp"
#include "core/settings.hpp"
#include "core/vcpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace lmi::core {
namespace {

using namespace std::chrono_literals;
using Variables = std::map<std::string, std::string>;

boost::system::result<Settings, SettingsError> read(Variables variables) {
  variables.emplace("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
  return read_settings(
      [&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
      "./hello");
}

TEST(Settings, StandardLambdaHasOneSlotAndTextLogs) {
  const auto settings = read({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->api_host, "127.0.0.1");
  EXPECT_EQ(settings->api_port, 9001);
  EXPECT_EQ(settings->slots, 1U);
  EXPECT_FALSE(settings->managed_instances);
  EXPECT_EQ(settings->log_format, LogFormat::text);
  EXPECT_EQ(settings->log_level, LogLevel::info);
}

TEST(Settings, ManagedInstancesHaveTheirSlotsAndJsonLogs) {
  const auto settings = read({{"AWS_LAMBDA_MAX_CONCURRENCY", "64"},
                              {"AWS_LAMBDA_LOG_FORMAT", "Text"},
                              {"AWS_LAMBDA_LOG_LEVEL", "warn"}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->slots, 64U);
  EXPECT_TRUE(settings->managed_instances);
  EXPECT_EQ(settings->log_format, LogFormat::json);
  EXPECT_EQ(settings->log_level, LogLevel::warn);
}

TEST(Settings, R03_AMalformedVariableIsNamedWithItsValueAndWhatWasExpected) {
  struct Case {
    const char *name, *value, *message;
  };
  for (const auto& [name, value, message] : {
           Case{"AWS_LAMBDA_MAX_CONCURRENCY", "abc",
                "AWS_LAMBDA_MAX_CONCURRENCY is \"abc\": expected a whole number from 1 to 1600"},
           Case{"AWS_LAMBDA_MAX_CONCURRENCY", "0",
                "AWS_LAMBDA_MAX_CONCURRENCY is \"0\": expected a whole number from 1 to 1600"},
           Case{"AWS_LAMBDA_MAX_CONCURRENCY", "1601",
                "AWS_LAMBDA_MAX_CONCURRENCY is \"1601\": expected a whole number from 1 to 1600"},
           Case{"AWS_LAMBDA_MAX_CONCURRENCY", "4 ",
                "AWS_LAMBDA_MAX_CONCURRENCY is \"4 \": expected a whole number from 1 to 1600"},
           Case{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2G",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is \"2G\": expected the memory size in MB, a whole number"},
           Case{"AWS_LAMBDA_LOG_FORMAT", "xml", "AWS_LAMBDA_LOG_FORMAT is \"xml\": expected JSON or Text"},
           Case{"AWS_LAMBDA_LOG_LEVEL", "loud",
                "AWS_LAMBDA_LOG_LEVEL is \"loud\": expected TRACE, DEBUG, INFO, WARN, ERROR or FATAL"},
       }) {
    const auto settings = read({{name, value}});
    ASSERT_FALSE(settings) << name << "=" << value;
    EXPECT_EQ(settings.error().message, message);
  }
}

TEST(Settings, R03_AnEmptyConcurrencyIsOneSlotWithAWarning) {
  const auto settings = read({{"AWS_LAMBDA_MAX_CONCURRENCY", ""}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->slots, 1U);
  EXPECT_TRUE(settings->managed_instances);
  ASSERT_EQ(settings->warnings.size(), 1U);
}

TEST(Settings, TheApiAddressIsHostAndPort) {
  for (const auto* good : {"localhost:1", "[::1]:65535", "sandbox.local:80"})
    EXPECT_TRUE(read({{"AWS_LAMBDA_RUNTIME_API", good}})) << good;
  for (const auto* bad : {"localhost", ":80", "h:", "h:0", "h:65536", "http://h:80", "a b:80", "h:8x"})
    EXPECT_FALSE(read({{"AWS_LAMBDA_RUNTIME_API", bad}})) << bad;
}

TEST(Backoff, R15_DoublesIsBoundedAndEnds) {
  auto total = 0ms;
  auto last = 0ms;
  unsigned failures = 1;
  for (; const auto delay = retry_delay(failures); ++failures) {
    EXPECT_GE(*delay, last);
    EXPECT_LE(*delay, 1s);
    last = *delay;
    total += *delay;
  }
  EXPECT_EQ(retry_delay(1), 25ms);
  EXPECT_EQ(retry_delay(2), 50ms);
  EXPECT_EQ(failures, 9U);
  EXPECT_EQ(total, 3575ms);
}

TEST(JsonText, R38_EscapesAndReplacesWhatIsNotUtf8) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    append_json_text(out, text);
    return out;
  };
  EXPECT_EQ(escaped("a\"b\\c\n\t\r\x01\x7f"), R"(a\"b\\c\n\t\r\u0001\u007f)");
  EXPECT_EQ(escaped("é € 😀"), "é € 😀");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("\xff"), bad);
  EXPECT_EQ(escaped("\xc3"), bad);                                // cut short
  EXPECT_EQ(escaped("\xc0\xaf"), bad + bad);                      // overlong
  EXPECT_EQ(escaped("\xed\xa0\x80"), bad + bad + bad);            // surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
}

TEST(JsonText, R41_StopsAtTheLimitBetweenCharacters) {
  std::string out;
  EXPECT_EQ(append_json_text(out, "ab€d", 4), 2U);
  EXPECT_EQ(out, "ab");
}

const LogEntry entry{.time = std::chrono::system_clock::time_point{1795303868867ms},
                     .level = LogLevel::warn,
                     .message = "a\nb"};

TEST(LogLine, R37_NamesTheInvocationOnlyWhereThereIsOne) {
  std::string line;
  format_log_line(LogFormat::json, entry, {}, line);
  EXPECT_EQ(line, "{\"timestamp\":\"2026-11-21T23:31:08.867Z\",\"level\":\"WARN\",\"message\":\"a\\nb\"}\n");
  format_log_line(LogFormat::json, entry, {.request_id = "r", .trace_id = "t", .tenant_id = "n"}, line);
  EXPECT_EQ(
      line,
      "{\"timestamp\":\"2026-11-21T23:31:08.867Z\",\"level\":\"WARN\",\"requestId\":\"r\",\"traceId\":\"t\","
      "\"tenantId\":\"n\",\"message\":\"a\\nb\"}\n");
}

TEST(LogLine, R39_TextHasTabsAndOneLine) {
  std::string line;
  format_log_line(LogFormat::text, entry, {.request_id = "r", .trace_id = {}, .tenant_id = {}}, line);
  EXPECT_EQ(line, "2026-11-21T23:31:08.867Z\tr\tWARN\ta\rb\n");
  format_log_line(LogFormat::text, entry, {}, line);
  EXPECT_EQ(line, "2026-11-21T23:31:08.867Z\t-\tWARN\ta\rb\n");
}

TEST(LogLine, R41_StaysBelow64KiBInBothFormats) {
  for (const char c : {'x', '\n', '\x01', '\xff'}) {
    const std::string message(200'000, c);
    for (const auto format : {LogFormat::json, LogFormat::text}) {
      std::string line;
      format_log_line(format, {.time = {}, .level = LogLevel::info, .message = message},
                      {.request_id = std::string_view{message}, .trace_id = message, .tenant_id = message},
                      line);
      EXPECT_LT(line.size(), log_line_limit);
      EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
      EXPECT_NE(line.find("[cut, 200000 bytes]"), std::string::npos);
    }
  }
}

TEST(Vcpus, TheSmallerOfAffinityAndQuotaRoundedUp) {
  EXPECT_EQ(usable_vcpus(4, std::nullopt), 4U);
  EXPECT_EQ(usable_vcpus(4, 1.5), 2U);
  EXPECT_EQ(usable_vcpus(4, 8.0), 4U);
  EXPECT_EQ(usable_vcpus(4, 0.1), 1U);
  EXPECT_EQ(usable_vcpus(0, std::nullopt), 1U);
  EXPECT_GE(usable_vcpus(), 1U);
}

TEST(Vcpus, TheTightestQuotaOnTheWayUpCounts) {
  namespace fs = std::filesystem;
  const auto write = [](const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream{file} << text;
  };
  EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
  EXPECT_EQ(parse_cpu_max(""), std::nullopt);

  const auto v2 = fs::path{testing::TempDir()} / "cgroup-v2";
  write(v2 / "proc/self/cgroup", "0::/a/b\n");
  write(v2 / "sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  write(v2 / "sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  EXPECT_EQ(cpu_quota(v2), 2.0);

  const auto v1 = fs::path{testing::TempDir()} / "cgroup-v1";
  write(v1 / "proc/self/cgroup", "4:cpu,cpuacct:/f\n3:memory:/f\n");
  write(v1 / "sys/fs/cgroup/cpu,cpuacct/f/cpu.cfs_quota_us", "50000\n");
  write(v1 / "sys/fs/cgroup/cpu,cpuacct/f/cpu.cfs_period_us", "100000\n");
  write(v1 / "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write(v1 / "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpu_quota(v1), 0.5);
  fs::remove_all(v1);
  fs::remove_all(v2);
}

}  // namespace
}  // namespace lmi::core
