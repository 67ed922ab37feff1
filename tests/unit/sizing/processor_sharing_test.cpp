#include "simulate/processor_sharing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lmi::sizing::simulate {
namespace {

using std::chrono::milliseconds;

TEST(ProcessorSharing, AJobAloneRunsAtFullSpeed) {
  ProcessorSharing cpu{4};
  cpu.add(7, milliseconds{10}, milliseconds{5});
  ASSERT_EQ(cpu.next_completion(), milliseconds{15});
  EXPECT_EQ(cpu.pop(milliseconds{15}), 7U);
  EXPECT_FALSE(cpu.next_completion());
  EXPECT_DOUBLE_EQ(cpu.used(milliseconds{100}), 10e6);
}

TEST(ProcessorSharing, UpToAsManyJobsAsVcpusDoNotSlowEachOther) {
  ProcessorSharing cpu{2};
  cpu.add(1, milliseconds{10}, Time{0});
  cpu.add(2, milliseconds{20}, Time{0});
  EXPECT_EQ(cpu.next_completion(), milliseconds{10});
}

TEST(ProcessorSharing, JobsBeyondTheVcpusShareThemEvenly) {
  // One vCPU: 10 ms of the first alone, then both at half speed. The first needs 10 more, so 20; the second
  // is then alone for its last 20.
  ProcessorSharing cpu{1};
  cpu.add(1, milliseconds{20}, Time{0});
  cpu.add(2, milliseconds{30}, milliseconds{10});
  ASSERT_EQ(cpu.next_completion(), milliseconds{30});
  EXPECT_EQ(cpu.pop(milliseconds{30}), 1U);
  ASSERT_EQ(cpu.next_completion(), milliseconds{50});
  EXPECT_EQ(cpu.pop(milliseconds{50}), 2U);
  EXPECT_DOUBLE_EQ(cpu.used(milliseconds{50}), 50e6);
}

TEST(ProcessorSharing, EqualJobsEndInTheOrderTheyCame) {
  ProcessorSharing cpu{1};
  for (ProcessorSharing::Job job = 0; job < 3; ++job) cpu.add(job, milliseconds{10}, Time{0});
  std::vector<ProcessorSharing::Job> order;
  while (const auto at = cpu.next_completion()) {
    EXPECT_EQ(*at, milliseconds{30});
    order.push_back(cpu.pop(*at));
  }
  EXPECT_EQ(order, (std::vector<ProcessorSharing::Job>{0, 1, 2}));
}

}  // namespace
}  // namespace lmi::sizing::simulate
