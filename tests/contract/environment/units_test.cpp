// The parts of the environment's layers that decide without I/O.
#include "environment/base64.hpp"
#include "environment/error_types.hpp"
#include "environment/invocation_book.hpp"
#include "environment/json_text.hpp"
#include "environment/runtime_api.hpp"
#include "environment/uuid.hpp"
#include "http/response_text.hpp"
#include "loop/manual_loop.hpp"
#include "supervisor/line_splitter.hpp"
#include "supervisor/memory_limit.hpp"
#include "support/environment_harness.hpp"
#include "support/environment_loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using namespace emulator::environment;
using emulator::ManualLoop;
using emulator::TimerQueue;
using emulator::supervisor::find_memory_hierarchy;
using emulator::supervisor::LineSplitter;
using emulator::supervisor::MemoryHierarchy;
using emulator::supervisor::MemoryLimiter;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- loop ----

TEST(ManualLoopTest, RunsTimersInOrderAtTheirTimes) {
  ManualLoop loop;
  const auto begin = loop.now();
  std::vector<std::string> ran;
  const auto note = [&](const std::string& name) {
    return [&ran, &loop, begin, name] {
      ran.push_back(name + "@" + std::to_string((loop.now() - begin) / 1ms));
    };
  };
  const auto late = loop.after(20ms, note("late"));
  const auto early = loop.after(10ms, note("early"));
  const auto same = loop.after(20ms, note("same"));
  loop.post(note("posted"));
  loop.advance(19ms);
  EXPECT_THAT(ran, ElementsAre("posted@0", "early@10"));
  loop.advance(1ms);
  EXPECT_THAT(ran, ElementsAre("posted@0", "early@10", "late@20", "same@20"));
  EXPECT_TRUE(loop.idle());
}

TEST(ManualLoopTest, ADroppedTimerDoesNotRun) {
  ManualLoop loop;
  int ran = 0;
  auto kept = loop.after(1ms, [&] { ++ran; });
  {
    const auto dropped = loop.after(1ms, [&] { ran += 100; });
  }
  kept = loop.after(2ms, [&] { ran += 10; });  // replaces the first
  loop.advance(5ms);
  EXPECT_EQ(ran, 10);
}

TEST(TimerQueueTest, ForgetsCancelledTimersLongBeforeTheyAreDue) {
  TimerQueue queue;
  auto watched = std::make_shared<int>(0);
  for (int i = 0; i < 100'000; ++i) {
    const auto alive = queue.push(emulator::Clock::time_point{} + 900s, [watched] {});
    *alive = false;
  }
  EXPECT_LT(queue.size(), 200U);
  EXPECT_LT(watched.use_count(), 200);
}

TEST(AsioLoopTest, RunsTimersPostedTasksAndSignals) {
  emulator::AsioLoop loop;
  std::vector<std::string> ran;
  loop.on_signal({SIGUSR1}, [&](int signal) {
    ran.push_back(signal == SIGUSR1 ? "signal" : "other");
    loop.stop();
  });
  // The earlier timer is set second: the alarm that waits for the later one must be brought forward.
  const auto never = loop.after(1h, [&] { ran.push_back("an hour later"); });
  const auto soon = loop.after(1ms, [&] {
    ran.push_back("soon");
    ::raise(SIGUSR1);
  });
  auto cancelled = loop.after(0ms, [&] { ran.push_back("cancelled"); });
  cancelled.cancel();
  loop.post([&] { ran.push_back("posted"); });
  loop.run();
  EXPECT_THAT(ran, ElementsAre("posted", "soon", "signal"));
}

// ---- book ----

using Refusal = InvocationBook::Refusal;

TEST(InvocationBookTest, E06_The10001stIdlePollIsTooMany) {
  InvocationBook book{{}};
  for (PollId poll = 1; poll <= 10'000; ++poll) ASSERT_TRUE(book.add_poll(poll));
  EXPECT_FALSE(book.add_poll(10'001));
  book.remove_poll(5'000);
  EXPECT_TRUE(book.add_poll(10'001));
}

TEST(InvocationBookTest, NeverGivesOutMoreThanTheLimit) {
  InvocationBook book{{.max_concurrency = 2}};
  for (PollId poll = 1; poll <= 5; ++poll) book.add_poll(poll);
  EXPECT_EQ(std::get<InvocationBook::Assignment>(book.dispatch("a", "n1")).poll, 1U);
  const auto second = std::get<InvocationBook::Assignment>(book.dispatch("b", "n2"));
  EXPECT_EQ(second.poll, 2U);
  EXPECT_EQ(std::get<Refusal>(book.dispatch("c", "n3")), Refusal::no_free_slot);
  book.time_out(second.attempt);
  EXPECT_EQ(std::get<Refusal>(book.dispatch("c", "n3")), Refusal::no_free_slot);
  EXPECT_TRUE(book.begin_answer("b", InvocationBook::Answer::error, std::nullopt).freed_slot);
  EXPECT_EQ(std::get<InvocationBook::Assignment>(book.dispatch("c", "n3")).poll, 3U);
}

TEST(InvocationBookTest, ALateAnswerOfAnEarlierAttemptFreesThatAttemptsSlot) {
  InvocationBook book{{.max_concurrency = 2}};
  book.add_poll(1);
  book.add_poll(2);
  book.time_out(std::get<InvocationBook::Assignment>(book.dispatch("same", "first")).attempt);
  book.dispatch("same", "second");
  const auto late = book.begin_answer("same", InvocationBook::Answer::response, "first");
  EXPECT_EQ(late.admission, InvocationBook::Admission::timed_out);
  EXPECT_TRUE(late.freed_slot);
  EXPECT_EQ(book.in_flight(), 1U);
  EXPECT_EQ(book.begin_answer("same", InvocationBook::Answer::response, "second").admission,
            InvocationBook::Admission::accepted);
}

// ---- texts ----

TEST(ErrorTypesTest, ExtensionTypesAreValidatedToo) {
  EXPECT_EQ(error_type::validated_extension("Extension.NoConfig", "Extension.InitError"),
            "Extension.NoConfig");
  EXPECT_EQ(error_type::validated_extension("NoConfig", "Extension.InitError"), "Extension.InitError");
}

TEST(Base64Test, DecodesWhatIsBase64AndNothingElse) {
  EXPECT_EQ(base64_decoded(""), "");
  EXPECT_EQ(base64_decoded("Zg=="), "f");
  EXPECT_EQ(base64_decoded("Zm8="), "fo");
  EXPECT_EQ(base64_decoded("Zm9v"), "foo");
  EXPECT_EQ(base64_decoded("/+8="), "\xff\xef");
  for (const char* bad : {"Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9 ", "{\"a\":1}"}) {
    EXPECT_EQ(base64_decoded(bad), std::nullopt) << bad;
  }
}

TEST(UuidTest, LooksLikeOne) {
  const auto uuid = random_uuid();
  EXPECT_TRUE(is_uuid(uuid)) << uuid;
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(random_uuid(), uuid);
  EXPECT_FALSE(is_uuid("3f2504e0-4f89-41d3-9a0c-0305e82c330"));
  EXPECT_FALSE(is_uuid("3f2504e0x4f89-41d3-9a0c-0305e82c3301"));
}

TEST(JsonTextTest, EscapesAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json_quoted("a\"b\n\x01é"), "\"a\\\"b\\n\\u0001é\"");
  EXPECT_EQ(json_quoted("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(error_message_in(R"({"errorMessage":"x"})"), "x");
  EXPECT_EQ(error_message_in("no json"), "");
  EXPECT_EQ(error_message_in(R"({"errorMessage":5})"), "");
}

TEST(RoutesTest, DecodeTheRequestIdAndIgnoreTheQuery) {
  EXPECT_EQ(to_action("POST", "/2018-06-01/runtime/invocation/a%2Fb%zz%4/response").request_id, "a/b%zz%4");
  EXPECT_EQ(to_action("GET", "/2018-06-01/runtime/invocation/next?x=1").endpoint, Endpoint::next);
  EXPECT_EQ(to_action("POST", "/2018-06-01/runtime/invocation//response").endpoint, Endpoint::not_found);
  EXPECT_EQ(to_action("GET", "").endpoint, Endpoint::not_found);
}

TEST(ResponseTextTest, ValuesCannotAddFields) {
  const auto text = emulator::http::response_head(
      {.status = 200, .headers = {{"X-A", "1\r\nX-Injected: 2"}}, .body = "body"}, {.keep_alive = false});
  EXPECT_EQ(text,
            "HTTP/1.1 200 OK\r\nX-A: 1  X-Injected: 2\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
}

TEST(ResponseTextTest, SomeStatusesHaveNoBody) {
  EXPECT_EQ(emulator::http::response_head({.status = 204, .headers = {}, .body = {}}, {}),
            "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(emulator::http::sends_body("GET", 304));
  EXPECT_FALSE(emulator::http::sends_body("HEAD", 200));
  EXPECT_TRUE(emulator::http::sends_body("GET", 404));
}

// ---- supervisor ----

TEST(LineSplitterTest, JoinsPiecesAndCutsWhatIsTooLong) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  splitter.feed("one\ntw", lines);
  splitter.feed("o\n\n", lines);
  EXPECT_THAT(lines, ElementsAre("one", "two", ""));
  lines.clear();
  splitter.feed(std::string(LineSplitter::max_line, 'x') + "\n", lines);
  EXPECT_THAT(lines, ElementsAre(std::string(LineSplitter::max_line, 'x')));
  lines.clear();
  splitter.feed(std::string(LineSplitter::max_line + 1, 'y'), lines);
  splitter.finish(lines);
  EXPECT_THAT(lines, ElementsAre(std::string(LineSplitter::max_line, 'y'), "y"));
  lines.clear();
  splitter.finish(lines);
  EXPECT_THAT(lines, IsEmpty());
}

constexpr const char* v1_mounts =
    "30 24 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "34 24 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "40 24 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr const char* v2_mounts = "30 24 0:27 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(MemoryHierarchyTest, FindsOurOwnGroup) {
  const auto v1 = find_memory_hierarchy("4:memory:/outer/own\n1:cpu:/\n0::/\n", v1_mounts);
  ASSERT_TRUE(v1);
  EXPECT_EQ(v1->version, MemoryHierarchy::Version::v1);
  EXPECT_EQ(v1->directory, "/sys/fs/cgroup/memory/outer/own");
  const auto v2 = find_memory_hierarchy("0::/user.slice/own.scope\n", v2_mounts);
  ASSERT_TRUE(v2);
  EXPECT_EQ(v2->version, MemoryHierarchy::Version::v2);
  EXPECT_EQ(v2->directory, "/sys/fs/cgroup/user.slice/own.scope");
}

TEST(MemoryHierarchyTest, UnderstandsAContainersPartialMount) {
  const auto found = find_memory_hierarchy(
      "4:cpu,memory:/docker/abc/inner\n",
      "34 24 0:31 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,cpu,memory\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->directory, "/sys/fs/cgroup/memory/inner");
  EXPECT_FALSE(
      find_memory_hierarchy("4:memory:/elsewhere\n",
                            "34 24 0:31 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"));
  EXPECT_FALSE(find_memory_hierarchy("", ""));
}

TEST(MemoryLimiterTest, SaysWhyThereIsNoLimit) {
  std::string why;
  EXPECT_FALSE(MemoryLimiter{std::nullopt}.create(1 << 20, why));
  EXPECT_THAT(why, testing::HasSubstr("not enforced"));
  ScratchDirectory host;
  host.write("cgroup.controllers", "cpu pids\n", 0644);
  why.clear();
  EXPECT_FALSE(
      (MemoryLimiter{MemoryHierarchy{MemoryHierarchy::Version::v2, host.path()}}.create(1 << 20, why)));
  EXPECT_THAT(why, testing::HasSubstr("not delegated"));
}

}  // namespace
}  // namespace lmi::test
