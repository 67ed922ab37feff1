#include "child_function.hpp"
#include "support/scripted_api.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>

namespace lmi::test {
namespace {

using Counts = std::map<std::uint64_t, double>;

constexpr int tracing_is_not_allowed = 77;

/// What a function needs from its kernel for each empty invocation, one after the other, in the steady state:
/// the system calls of a life with 600 of them, less those of a life with 100.
class SystemCalls : public testing::Test {
 protected:
  static constexpr unsigned few = 100;
  static constexpr unsigned many = 600;

  void count(const std::string& kind) {
    const auto more = counts_of(kind, many);
    const auto less = counts_of(kind, few);
    if (code_ == tracing_is_not_allowed) GTEST_SKIP() << "tracing a process is not allowed here";
    ASSERT_EQ(code_, 0);
    for (const auto& [number, times] : more) {
      const auto found = less.find(number);
      const auto each = (times - (found == less.end() ? 0 : found->second)) / (many - few);
      if (each < 0.02) continue;  // start and end are not the same to the last lock
      each_[number] = each;
      total_ += each;
      shown_ += " number " + std::to_string(number) + ": " + std::to_string(each) + ";";
    }
    RecordProperty("system_calls_an_invocation", std::to_string(total_));
  }

  [[nodiscard]] double each(long number) const {
    const auto found = each_.find(static_cast<std::uint64_t>(number));
    return found == each_.end() ? 0 : found->second;
  }

  double total_ = 0;
  std::string shown_;

 private:
  Counts counts_of(const std::string& kind, unsigned invocations) {
    ScriptedApi api;
    const auto file = (directory_.path() / "counts").string();
    ChildFunction function{{file, LMI_TRACED_BOOTSTRAP, kind},
                           {{"AWS_LAMBDA_RUNTIME_API", api.address()}, {"AWS_LAMBDA_MAX_CONCURRENCY", "1"}}};
    for (unsigned i = 0; i < invocations; ++i) {
      const auto id = std::to_string(i);
      api.invoke({.id = id, .body = "echo x"});
      if (!api.wait_for_answer(id)) break;
    }
    if (!api.wait_for_polls(1)) ADD_FAILURE() << "no last poll";
    function.signal(SIGTERM);
    code_ = function.wait();
    Counts counts;
    std::ifstream lines{file};
    std::uint64_t number = 0;
    for (double times = 0; lines >> number >> times;) counts[number] = times;
    return counts;
  }

  TemporaryDirectory directory_;
  int code_ = -1;
  Counts each_;
};

TEST_F(SystemCalls, AnInvocationOfABlockingHandlerTakesFour) {
  count("blocking");
  if (IsSkipped()) return;
  EXPECT_NEAR(each(SYS_sendmsg), 2, 0.02) << shown_;
  EXPECT_NEAR(each(SYS_recvfrom), 2, 0.02) << shown_;
  EXPECT_LE(total_, 4.05) << shown_;
}

// Four for the messages as well; the I/O thread waits for the event, the handler and the 202, and the worker
// wakes it. How often Asio's workers wake each other depends on who is idle when: those are futex calls, and
// not counted here.
TEST_F(SystemCalls, AnInvocationOfACoroutineTakesEightAndTheWorkersWakeUps) {
  count("coroutine");
  if (IsSkipped()) return;
  EXPECT_NEAR(each(SYS_sendmsg), 2, 0.02) << shown_;
  EXPECT_NEAR(each(SYS_recvfrom), 2, 0.02) << shown_;
  EXPECT_LE(total_ - each(SYS_futex), 8.05) << shown_;
}

}  // namespace
}  // namespace lmi::test
