#include "simulate/residents.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace lmi::sizing::simulate {
namespace {

using lmi::emulator::fleet::EnvironmentId;

std::vector<std::pair<std::uint64_t, std::uint32_t>> all(Residents& residents) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> found;
  for (const auto& resident : residents.in_order()) {
    found.emplace_back(static_cast<std::uint64_t>(resident.id), resident.host);
  }
  return found;
}

TEST(Residents, AreGoneThroughByIdInWhateverOrderTheyCame) {
  Residents residents;
  residents.put(EnvironmentId{5}, 50);
  residents.put(EnvironmentId{2}, 20);
  EXPECT_EQ(all(residents), (decltype(all(residents)){{2, 20}, {5, 50}}));
  residents.put(EnvironmentId{3}, 30);
  residents.put(EnvironmentId{1}, 10);
  EXPECT_EQ(all(residents), (decltype(all(residents)){{1, 10}, {2, 20}, {3, 30}, {5, 50}}));
}

TEST(Residents, WhatIsTakenOutIsGoneWhetherItWasLookedAtOrNot) {
  Residents residents;
  residents.put(EnvironmentId{1}, 10);
  residents.put(EnvironmentId{2}, 20);
  EXPECT_EQ(residents.in_order().size(), 2U);
  EXPECT_EQ(residents.take(EnvironmentId{1}), 10U);
  residents.put(EnvironmentId{4}, 40);
  residents.put(EnvironmentId{3}, 30);
  EXPECT_EQ(residents.take(EnvironmentId{4}), 40U);
  EXPECT_EQ(all(residents), (decltype(all(residents)){{2, 20}, {3, 30}}));
  EXPECT_EQ(residents.take(EnvironmentId{3}), 30U);
  EXPECT_EQ(residents.take(EnvironmentId{2}), 20U);
  EXPECT_TRUE(residents.in_order().empty());
}

}  // namespace
}  // namespace lmi::sizing::simulate
