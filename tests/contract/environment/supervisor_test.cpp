// Real child processes.
#include "supervisor/process_memory.hpp"
#include "supervisor/uv_supervisor.hpp"
#include "support/environment_harness.hpp"
#include "support/environment_loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lmi::test {
namespace {

using namespace emulator::supervisor;
using testing::ElementsAre;
using testing::IsEmpty;

/// Waits until the process `pid` is gone or dead, also when it is not a child.
bool await_death(int pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return errno == ESRCH;
  pollfd descriptor{.fd = fd, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&descriptor, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
  ::close(fd);
  return ready == 1;
}

/// What one child told.
struct Child {
  std::unique_ptr<Process> process;
  std::vector<std::pair<Stream, std::string>> lines;
  std::optional<Exit> exit;
  std::size_t bytes = 0;
};

class Supervised : public testing::Test {
 protected:
  Supervised() {
    loop.run([this] {
      supervisor = std::make_unique<UvSupervisor>(loop.loop(), [this](std::string text) {
        const std::lock_guard lock{mutex};
        reports.push_back(std::move(text));
        changed.notify_all();
      });
    });
  }
  ~Supervised() override {
    loop.run([this] {
      children.clear();
      supervisor.reset();
    });
  }

  ProcessSpec shell(const std::string& script) {
    return {.executable = "/bin/sh",
            .arguments = {"/bin/sh", "-c", script},
            .environment = {"PATH=/usr/bin:/bin"},
            .working_directory = scratch.path()};
  }
  std::shared_ptr<Child> start(ProcessSpec spec, bool keep_lines = true) {
    auto child = std::make_shared<Child>();
    loop.run([&] {
      std::error_code error;
      child->process =
          supervisor->start(std::move(spec),
                            {.on_line =
                                 [this, child = child.get(), keep_lines](Stream stream, std::string line) {
                                   const std::lock_guard lock{mutex};
                                   child->bytes += line.size();
                                   if (keep_lines) child->lines.emplace_back(stream, std::move(line));
                                   changed.notify_all();
                                 },
                             .on_exit =
                                 [this, child = child.get()](Exit exit) {
                                   const std::lock_guard lock{mutex};
                                   child->exit = exit;
                                   changed.notify_all();
                                 }},
                            error);
      EXPECT_TRUE(child->process) << error.message();
      children.push_back(child);
    });
    return child;
  }
  Exit await_exit(Child& child) {
    std::unique_lock lock{mutex};
    if (!changed.wait_for(lock, patience, [&] { return child.exit.has_value(); }))
      throw std::runtime_error("no exit");
    return *child.exit;
  }
  /// The first line, once there is one.
  std::string await_line(Child& child) {
    std::unique_lock lock{mutex};
    if (!changed.wait_for(lock, patience, [&] { return !child.lines.empty(); }))
      throw std::runtime_error("no line");
    return child.lines.front().second;
  }
  std::vector<std::string> lines_of(Child& child) {
    await_exit(child);
    std::vector<std::string> texts;
    for (const auto& [stream, line] : child.lines) texts.push_back(line);
    return texts;
  }
  static int code_of(const Exit& exit) { return std::get<Exited>(exit).code; }
  static int signal_of(const Exit& exit) { return std::get<Signalled>(exit).signal; }

  ScratchDirectory scratch;
  LoopThread loop;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> reports;
  std::vector<std::shared_ptr<Child>> children;  // loop thread
  std::unique_ptr<UvSupervisor> supervisor;      // loop thread
};

TEST_F(Supervised, TellsTheExitCode) {
  EXPECT_EQ(code_of(await_exit(*start(shell("exit 0")))), 0);
  EXPECT_EQ(code_of(await_exit(*start(shell("exit 7")))), 7);
}

TEST_F(Supervised, TellsTheSignal) {
  EXPECT_EQ(signal_of(await_exit(*start(shell("kill -ABRT $$")))), SIGABRT);
}

TEST_F(Supervised, PassesArgumentsEnvironmentAndDirectoryAndNothingElse) {
  ::setenv("LMI_TEST_LEAK", "yes", 1);
  auto spec =
      shell("echo $0 $1; echo $LMI_TEST_LEAK$GIVEN; pwd; cat; ls -l /proc/self/fd/0 | sed 's/.*-> //'");
  spec.arguments.insert(spec.arguments.end(), {"zero", "one"});
  spec.environment.push_back("GIVEN=given");
  EXPECT_THAT(lines_of(*start(spec)), ElementsAre("zero one", "given", scratch.path().string(), "/dev/null"));
}

TEST_F(Supervised, ReadsBothStreamsLineByLine) {
  const auto child = start(shell("echo out; echo err >&2; echo; printf unfinished"));
  await_exit(*child);
  std::vector<std::string> out;
  std::vector<std::string> err;
  for (const auto& [stream, line] : child->lines) (stream == Stream::out ? out : err).push_back(line);
  EXPECT_THAT(out, ElementsAre("out", "", "unfinished"));
  EXPECT_THAT(err, ElementsAre("err"));
}

TEST_F(Supervised, StandardErrorCanBeOpenedAgain) {  // not so on a socket
  EXPECT_THAT(lines_of(*start(shell("echo again > /dev/stderr"))), ElementsAre("again"));
}

TEST_F(Supervised, SplitsALineWithoutEndAndDoesNotStall) {  // §5.6 number 5
  const auto child = start(shell("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo after"));
  const auto lines = lines_of(*child);
  ASSERT_EQ(lines.size(), 17U);
  for (std::size_t i = 0; i < 15; ++i) EXPECT_EQ(lines[i].size(), 65536U);
  EXPECT_EQ(lines[15].size(), 1000000U - 15 * 65536U);
  EXPECT_EQ(lines[16], "after");
  EXPECT_EQ(code_of(*child->exit), 0);
}

TEST_F(Supervised, TakesMoreOutputThanItHoldsAtATime) {
  const auto child = start(shell("head -c 20000000 /dev/zero | tr '\\0' x | fold -w 1000"), false);
  await_exit(*child);
  EXPECT_EQ(child->bytes, 20'000'000U);
}

TEST_F(Supervised, SignalsTheWholeGroup) {
  const auto child = start(shell("sleep 600 & echo $!; wait"));
  const int grandchild = std::stoi(await_line(*child));
  loop.run([&] { child->process->signal(SIGTERM); });
  EXPECT_EQ(signal_of(await_exit(*child)), SIGTERM);
  EXPECT_TRUE(await_death(grandchild));
}

TEST_F(Supervised, TheChildLeadsItsOwnGroup) {
  const auto child = start(shell("ps -o pgid= -p $$ | tr -d ' '; exec sleep 600"));
  const auto group = await_line(*child);
  EXPECT_EQ(group, loop.run([&] { return std::to_string(child->process->pid()); }));
  EXPECT_NE(group, std::to_string(::getpgrp()));
}

TEST_F(Supervised, AChildCanCatchSigterm) {
  const auto child =
      start(shell("trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 600 & wait; done"));
  await_line(*child);
  loop.run([&] { child->process->signal(SIGTERM); });
  EXPECT_EQ(code_of(await_exit(*child)), 5);
  EXPECT_EQ(child->lines.back().second, "caught");
}

TEST_F(Supervised, WhatALeaderLeavesBehindIsKilled) {
  const auto child = start(shell("sleep 600 & echo $!"));
  const int grandchild = std::stoi(lines_of(*child).at(0));
  EXPECT_EQ(code_of(*child->exit), 0);
  EXPECT_TRUE(await_death(grandchild));
}

TEST_F(Supervised, APipeHeldOpenByAnEscapedDescendantDoesNotHideTheExit) {
  const auto child =
      start(shell("setsid sh -c 'echo $$; exec sleep 600' & while [ ! -e go ]; do :; done; exit 4"));
  const int escaped = std::stoi(await_line(*child));
  scratch.write("go", "");
  EXPECT_EQ(code_of(await_exit(*child)), 4);
  EXPECT_EQ(::kill(escaped, SIGKILL), 0);
  EXPECT_TRUE(await_death(escaped));
}

TEST_F(Supervised, DestroyingAProcessKillsItAndTellsNothing) {
  const auto child = start(shell("echo up; exec sleep 600"));
  await_line(*child);
  const int pid = loop.run([&] { return child->process->pid(); });
  loop.run([&] { child->process.reset(); });
  EXPECT_TRUE(await_death(pid));
  EXPECT_EQ(code_of(await_exit(*start(shell("exit 0")))), 0);  // later events have come since
  EXPECT_FALSE(child->exit);
}

TEST_F(Supervised, DestroyingTheSupervisorKillsEveryChild) {
  std::vector<int> pids;
  for (int i = 0; i < 5; ++i) {
    const auto child = start(shell("echo up; exec sleep 600"));
    await_line(*child);
    pids.push_back(loop.run([&] { return child->process->pid(); }));
  }
  loop.run([this] { supervisor.reset(); });
  for (const int pid : pids) EXPECT_NE(::kill(pid, 0), 0) << "reaped already";
  loop.run([this] {
    for (const auto& child : children) child->process->signal(SIGTERM);  // harmless
  });
}

TEST_F(Supervised, WhatCannotBeStartedSaysWhy) {
  const auto error_of = [this](ProcessSpec spec) {
    return loop.run([&] {
      std::error_code error;
      EXPECT_FALSE(supervisor->start(std::move(spec), {}, error));
      return error;
    });
  };
  auto missing = shell("");
  missing.executable = scratch.path() / "missing";
  EXPECT_EQ(error_of(missing), std::errc::no_such_file_or_directory);
  auto not_executable = shell("");
  not_executable.executable = scratch.write("plain", "#!/bin/sh\n", 0644);
  EXPECT_EQ(error_of(not_executable), std::errc::permission_denied);
  auto nowhere = shell("");
  nowhere.working_directory = scratch.path() / "nowhere";
  EXPECT_EQ(error_of(nowhere), std::errc::no_such_file_or_directory);
}

TEST_F(Supervised, ChildrenInheritNoDescriptors) {
  std::array<int, 2> leak{};
  ASSERT_EQ(::pipe(leak.data()), 0);  // without close-on-exec, as careless code would
  const auto lines = lines_of(*start(shell("ls /proc/$$/fd")));
  EXPECT_THAT(lines, ElementsAre("0", "1", "2"));
  ::close(leak[0]);
  ::close(leak[1]);
}

TEST_F(Supervised, ManyChildrenAtOnceAreAllTold) {
  std::vector<std::shared_ptr<Child>> all;
  for (int i = 0; i < 40; ++i)
    all.push_back(start(shell("echo " + std::to_string(i) + "; exit " + std::to_string(i))));
  for (int i = 0; i < 40; ++i) {
    auto& child = *all[static_cast<std::size_t>(i)];
    EXPECT_EQ(code_of(await_exit(child)), i);
    EXPECT_THAT(lines_of(child), ElementsAre(std::to_string(i)));
  }
}

TEST_F(Supervised, AMemoryLimitIsEnforcedAndItsEndToldApart) {
  auto spec = shell("");
  spec.memory_limit_bytes = 64ULL << 20;
  spec.executable = "/usr/bin/head";  // no shell: the leader itself must be the one that grows
  spec.arguments = {"head", "-c", "-400000000", "/dev/zero"};  // keeps the last 400 MB to itself
  const auto child = start(spec);
  loop.run([] {});  // what could not be done was reported by now
  {
    const std::lock_guard lock{mutex};
    if (!reports.empty()) GTEST_SKIP() << reports.front();
  }
  const auto exit = await_exit(*child);
  EXPECT_EQ(signal_of(exit), SIGKILL);
  EXPECT_TRUE(std::get<Signalled>(exit).out_of_memory);
}

TEST_F(Supervised, AKillWithinTheLimitIsNoOutOfMemory) {
  auto spec = shell("kill -KILL $$");
  spec.memory_limit_bytes = 512ULL << 20;
  const auto exit = await_exit(*start(spec));
  EXPECT_EQ(signal_of(exit), SIGKILL);
  EXPECT_FALSE(std::get<Signalled>(exit).out_of_memory);
}

// A SIGKILL of the emulator runs no destructor. The emulator is played by a fork of this test.
TEST(EmulatorDeath, ASigkillOfTheEmulatorTakesItsChildrenAlong) {
  std::array<int, 2> report{};
  ASSERT_EQ(::pipe(report.data()), 0);
  const pid_t emulator = ::fork();
  ASSERT_GE(emulator, 0);
  if (emulator == 0) {
    LoopThread loop;
    UvSupervisor supervisor{loop.loop()};
    std::unique_ptr<Process> child;
    loop.run([&] {
      std::error_code error;
      child = supervisor.start({.executable = "/bin/sleep",
                                .arguments = {"sleep", "600"},
                                .environment = {},
                                .working_directory = "/"},
                               {}, error);
      const int pid = child ? child->pid() : 0;
      [[maybe_unused]] const auto written = ::write(report[1], &pid, sizeof pid);
    });
    for (;;) ::pause();
  }
  int child = 0;
  ASSERT_EQ(::read(report[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  ASSERT_GT(child, 0);
  ASSERT_EQ(::kill(child, 0), 0);
  ASSERT_EQ(::kill(emulator, SIGKILL), 0);
  EXPECT_TRUE(await_death(child));
  ASSERT_EQ(::waitpid(emulator, nullptr, 0), emulator);
  ::close(report[0]);
  ::close(report[1]);
}

TEST_F(Supervised, WhoAsksForTheOutputIsToldAfterEveryLineThatWasWritten) {
  const auto written = scratch.path() / "written";
  ASSERT_EQ(::mkfifo(written.c_str(), 0600), 0);
  const auto child = start(shell("seq 2000; echo last >&2; : > written; exec sleep 1000"));
  const int opened = ::open(written.c_str(), O_RDONLY | O_CLOEXEC);  // returns when the child opens it too
  ASSERT_GE(opened, 0);
  ::close(opened);

  std::optional<std::vector<std::pair<Stream, std::string>>> seen;
  loop.run([&] {
    child->process->when_output_read([this, child = child.get(), &seen] {
      const std::lock_guard lock{mutex};
      seen = child->lines;
      changed.notify_all();
    });
  });
  std::unique_lock lock{mutex};
  ASSERT_TRUE(changed.wait_for(lock, patience, [&] { return seen.has_value(); }));
  EXPECT_EQ(seen->size(), 2001U);
  EXPECT_TRUE(std::find(seen->begin(), seen->end(), std::pair{Stream::err, std::string{"last"}}) !=
              seen->end());
}

TEST_F(Supervised, TheOutputOfAProcessThatHasEndedIsRead) {
  const auto child = start(shell("echo one"));
  await_exit(*child);
  bool told = false;
  loop.run([&] {
    child->process->when_output_read([this, &told] {
      const std::lock_guard lock{mutex};
      told = true;
      changed.notify_all();
    });
  });
  std::unique_lock lock{mutex};
  EXPECT_TRUE(changed.wait_for(lock, patience, [&] { return told; }));
}

TEST_F(Supervised, ThePeakOfAProcessesMemoryIsKnownWhileItRuns) {
  const auto child = start(shell("echo ready; exec sleep 1000"));
  await_line(*child);
  EXPECT_GT(child->process->peak_memory_bytes(), 0U);
  loop.run([&] { child->process->signal(SIGKILL); });
  await_exit(*child);
  EXPECT_EQ(child->process->peak_memory_bytes(), 0U);
}

TEST(ProcessMemory, IsReadFromTheKernelsText) {
  using emulator::supervisor::peak_memory_bytes;
  EXPECT_EQ(
      peak_memory_bytes(std::string_view{"Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 1 kB\n"}),
      1234U * 1024);
  EXPECT_EQ(peak_memory_bytes(std::string_view{"Name:\tkernel thread\n"}), 0U);
  EXPECT_EQ(peak_memory_bytes(std::string_view{"VmHWM:"}), 0U);
}

TEST_F(Supervised, AChildSeesItsOptAndNobodyElseDoes) {
  scratch.write("opt/only-here", "from the layer");
  auto spec = shell("cat /opt/only-here 2>/dev/null || echo not mounted");
  spec.opt_root = scratch.path() / "opt";
  const auto child = start(std::move(spec));
  const auto lines = lines_of(*child);
  ASSERT_EQ(lines.size(), 1U);
  if (lines[0] != "from the layer") {
    // Then the host does not allow it, and that was said.
    std::unique_lock lock{mutex};
    ASSERT_TRUE(changed.wait_for(lock, patience, [&] { return !reports.empty(); })) << lines[0];
    EXPECT_NE(reports.front().find("layers are not mounted at /opt"), std::string::npos) << reports.front();
  }
  EXPECT_FALSE(std::filesystem::exists("/opt/only-here"));
}

TEST_F(Supervised, AChildWithAnOptDiesWithTheSupervisorsWord) {
  auto spec = shell("echo ready; exec sleep 1000");
  spec.opt_root = scratch.path();
  const auto child = start(std::move(spec));
  EXPECT_EQ(await_line(*child), "ready");
  loop.run([&] { child->process->signal(SIGKILL); });
  EXPECT_EQ(signal_of(await_exit(*child)), SIGKILL);
}

}  // namespace
}  // namespace lmi::test
