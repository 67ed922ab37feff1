#include "app/load_meter.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace lmi::emulator::app {
namespace {

using fleet::EnvironmentId;
using std::chrono::milliseconds;
using std::chrono::seconds;

class LoadMeterTest : public testing::Test {
 protected:
  LoadMeter meter(double cpu_scale = 1) {
    return {[this](std::span<const int> pids) {
              std::map<int, supervisor::Usage> found;
              for (const int pid : pids) {
                if (usage_.count(pid) > 0) found[pid] = usage_[pid];
              }
              return found;
            },
            cpu_scale};
  }

  std::map<int, supervisor::Usage> usage_;
  const std::vector<LoadMeter::Subject> subjects_{{EnvironmentId{1}, 71}, {EnvironmentId{2}, 72}};
};

TEST_F(LoadMeterTest, CpuIsTheMeanSinceTheReadingBefore) {
  LoadMeter meter = this->meter();
  usage_[71] = {milliseconds{500}, 64U << 20U};
  usage_[72] = {milliseconds{100}, 32U << 20U};
  EXPECT_TRUE(meter.measure(subjects_, Clock::time_point{seconds{1}}).empty());

  usage_[71].cpu += milliseconds{3000};
  const auto reports = meter.measure(subjects_, Clock::time_point{seconds{3}});

  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].environment, EnvironmentId{1});
  EXPECT_EQ(reports[0].cpu_milli, 1500U);
  EXPECT_EQ(reports[0].memory_mb, 64U);
  EXPECT_EQ(reports[1].cpu_milli, 0U);
}

TEST_F(LoadMeterTest, TheCpuScaleIsWhatAVcpuCountsAs) {
  LoadMeter meter = this->meter(0.5);
  usage_[71] = {};
  meter.measure(subjects_, Clock::time_point{seconds{1}});
  usage_[71].cpu = seconds{1};
  EXPECT_EQ(meter.measure(subjects_, Clock::time_point{seconds{2}}).at(0).cpu_milli, 500U);
}

TEST_F(LoadMeterTest, UsageThatFallsIsNoNegativeUse) {
  LoadMeter meter = this->meter();
  usage_[71] = {seconds{5}, 0};
  meter.measure(subjects_, Clock::time_point{seconds{1}});
  usage_[71].cpu = seconds{1};
  EXPECT_EQ(meter.measure(subjects_, Clock::time_point{seconds{2}}).at(0).cpu_milli, 0U);
}

TEST_F(LoadMeterTest, AnotherProcessOfTheSameEnvironmentBeginsAnew) {
  LoadMeter meter = this->meter();
  usage_[71] = {seconds{1}, 0};
  meter.measure({{{EnvironmentId{1}, 71}}}, Clock::time_point{seconds{1}});
  usage_[73] = {seconds{9}, 0};
  EXPECT_TRUE(meter.measure({{{EnvironmentId{1}, 73}}}, Clock::time_point{seconds{2}}).empty());
}

/// A child that leads a session of its own and spins until it has used `cpu`; it tells by a byte, then waits.
class Spinner {
 public:
  explicit Spinner(milliseconds cpu) {
    int told[2];
    EXPECT_EQ(pipe(told), 0);
    pid_ = fork();
    if (pid_ == 0) {
      setsid();
      const auto ticks = static_cast<std::clock_t>(cpu.count() * CLOCKS_PER_SEC / 1000);
      while (std::clock() < ticks) {
      }
      const bool wrote = write(told[1], "!", 1) == 1;
      while (wrote) pause();
      _exit(1);
    }
    close(told[1]);
    char byte = 0;
    EXPECT_EQ(read(told[0], &byte, 1), 1);
    close(told[0]);
  }
  ~Spinner() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  int pid() const { return pid_; }

 private:
  int pid_ = 0;
};

TEST(UsageOfSessions, CountsTheCpuAndMemoryOfARealSessionAndOfNoOther) {
  const Spinner busy{milliseconds{300}};
  const Spinner idle{milliseconds{0}};
  const int pids[] = {busy.pid(), idle.pid()};
  auto usage = supervisor::usage_of_sessions(pids);

  ASSERT_EQ(usage.size(), 2U);
  EXPECT_GE(usage[busy.pid()].cpu, milliseconds{250});  // in ticks, so somewhat less may be seen
  EXPECT_LT(usage[idle.pid()].cpu, milliseconds{250});
  EXPECT_GT(usage[busy.pid()].resident_bytes, 0U);
}

TEST(UsageOfSessions, LeavesOutWhatDoesNotRun) {
  int gone = 0;
  {
    const Spinner spinner{milliseconds{0}};
    gone = spinner.pid();
  }
  const int pids[] = {gone};
  EXPECT_TRUE(supervisor::usage_of_sessions(pids).empty());
}

}  // namespace
}  // namespace lmi::emulator::app
