#include "fleet/id_table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace lmi::emulator::fleet {
namespace {

enum class Id : std::uint64_t {};

/// Counts those that are alive.
struct Thing {
  Id id{};
  std::shared_ptr<int> alive{};
};

class IdTables : public testing::Test {
 protected:
  Thing& add() {
    return table_.add([&](Id id) { return Thing{id, alive_}; });
  }
  long alive() const { return alive_.use_count() - 1; }

  std::shared_ptr<int> alive_ = std::make_shared<int>();
  IdTable<Id, Thing> table_;
};

TEST_F(IdTables, IdsAreNeverUsedTwiceHoweverManyWereErased) {
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    EXPECT_EQ(add().id, Id{i});
    EXPECT_EQ(table_.size(), 1U);
    table_.erase(Id{i});
    EXPECT_EQ(table_.find(Id{i}), nullptr);
  }
  EXPECT_EQ(alive(), 0);
  EXPECT_EQ(add().id, Id{1001});
  EXPECT_EQ(table_.at(Id{1001}).id, Id{1001});
}

TEST_F(IdTables, WhatIsErasedInTheMiddleLeavesTheOthersWhereTheyAre) {
  std::vector<const Thing*> places;
  for (int i = 0; i < 300; ++i) places.push_back(&add());
  for (std::uint64_t i = 70; i <= 230; ++i) table_.erase(Id{i});  // two whole chunks and parts of others
  EXPECT_EQ(table_.size(), 300U - 161U);
  EXPECT_EQ(alive(), 300 - 161);
  for (int i = 0; i < 100; ++i) add();
  for (std::uint64_t i = 1; i < 70; ++i) EXPECT_EQ(table_.find(Id{i}), places[i - 1]);
  for (std::uint64_t i = 70; i <= 230; ++i) EXPECT_EQ(table_.find(Id{i}), nullptr);
  for (std::uint64_t i = 231; i <= 300; ++i) EXPECT_EQ(table_.find(Id{i}), places[i - 1]);
}

TEST_F(IdTables, AreVisitedInTheOrderOfTheIds) {
  for (int i = 0; i < 200; ++i) add();
  for (std::uint64_t i = 1; i <= 200; ++i) {
    if (i % 3 != 0) table_.erase(Id{i});
  }
  std::vector<std::uint64_t> seen;
  table_.for_each([&](const Thing& thing) { seen.push_back(static_cast<std::uint64_t>(thing.id)); });
  ASSERT_EQ(seen.size(), 66U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], 3 * (i + 1));
}

TEST_F(IdTables, UnknownIdsAreNotFoundAndMayBeErased) {
  add();
  table_.erase(Id{0});
  table_.erase(Id{2});
  table_.erase(Id{1});
  table_.erase(Id{1});
  EXPECT_EQ(table_.find(Id{0}), nullptr);
  EXPECT_EQ(table_.find(Id{1}), nullptr);
  EXPECT_EQ(table_.find(Id{65}), nullptr);
  EXPECT_EQ(table_.size(), 0U);
}

}  // namespace
}  // namespace lmi::emulator::fleet
