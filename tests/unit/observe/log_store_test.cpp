#include "observe/log_store.hpp"

#include "loop/manual_loop.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace lmi::emulator::observe {
namespace {

using std::chrono::seconds;

LogEvent line_of(std::string function, std::string line) {
  LogEvent event;
  event.function_name = std::move(function);
  event.line = std::move(line);
  return event;
}

std::vector<std::string> lines(const LogBatch& batch) {
  std::vector<std::string> all;
  for (const LogEvent& event : batch.events) all.push_back(event.line);
  return all;
}

class LogStoreTest : public testing::Test {
 protected:
  LogStore::WaitId wait(const std::string& function, std::uint64_t after, Clock::duration patience) {
    return store_.wait(function, after, patience, [this](LogBatch batch) {
      ++answers_;
      answer_ = std::move(batch);
    });
  }

  ManualLoop loop_;
  LogStore store_{loop_, {.events = 3, .bytes = 1U << 20U, .batch = 2}};
  int answers_ = 0;
  std::optional<LogBatch> answer_;
};

TEST_F(LogStoreTest, GivesEventsInOrderAndWhereToGoOn) {
  store_.append(line_of("f", "one"));
  store_.append(line_of("g", "other"));
  store_.append(line_of("f", "two"));

  const LogBatch batch = store_.read("f", 0);

  EXPECT_EQ(lines(batch), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(batch.next, 3U);
  EXPECT_TRUE(store_.read("f", batch.next).events.empty());
  EXPECT_EQ(store_.read("f", batch.next).next, 3U);
}

TEST_F(LogStoreTest, MergesAllFunctionsWhenNoneIsNamed) {
  store_.append(line_of("f", "one"));
  store_.append(line_of("g", "two"));
  store_.append(line_of("f", "three"));

  const LogBatch first = store_.read("", 0);
  EXPECT_EQ(lines(first), (std::vector<std::string>{"one", "two"}));  // a batch is two
  EXPECT_EQ(lines(store_.read("", first.next)), std::vector<std::string>{"three"});
}

TEST_F(LogStoreTest, KeepsTheNewestEventsAndSaysThatSomeAreMissing) {
  for (const char* text : {"1", "2", "3", "4", "5"}) store_.append(line_of("f", text));

  const LogBatch batch = store_.read("f", 0);

  EXPECT_EQ(lines(batch), (std::vector<std::string>{"3", "4"}));
  EXPECT_TRUE(batch.gap);
  EXPECT_FALSE(store_.read("f", 2).gap);  // 3 is the next and it is there
  EXPECT_TRUE(store_.read("f", 1).gap);
}

TEST_F(LogStoreTest, BoundsTheBytesOfAFunctionToo) {
  LogStore small{loop_, {.events = 1000, .bytes = 10'000, .batch = 1000}};
  for (int i = 0; i < 100; ++i) small.append(line_of("f", std::string(1000, 'x')));

  const LogBatch batch = small.read("f", 0);

  EXPECT_LE(batch.events.size(), 10U);
  EXPECT_GE(batch.events.size(), 1U);
  EXPECT_EQ(batch.events.back().seq, 100U);
}

TEST_F(LogStoreTest, KeepsOneEventThatIsLargerThanTheBound) {
  LogStore small{loop_, {.events = 1000, .bytes = 10, .batch = 1000}};
  small.append(line_of("f", std::string(1000, 'x')));
  EXPECT_EQ(small.read("f", 0).events.size(), 1U);
}

TEST_F(LogStoreTest, AnswersAWaiterAtOnceWhenThereIsSomething) {
  store_.append(line_of("f", "one"));
  wait("f", 0, seconds{30});
  EXPECT_EQ(answers_, 0);  // never from inside
  loop_.run_until_idle();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(lines(*answer_), std::vector<std::string>{"one"});
}

TEST_F(LogStoreTest, AWaiterGetsAllLinesOfOneTurnTogether) {
  wait("f", 0, seconds{30});
  loop_.run_until_idle();
  store_.append(line_of("g", "not mine"));
  store_.append(line_of("f", "one"));
  store_.append(line_of("f", "two"));
  loop_.run_until_idle();

  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(lines(*answer_), (std::vector<std::string>{"one", "two"}));
}

TEST_F(LogStoreTest, AWaiterWhosePatienceEndsGetsAnEmptyBatch) {
  wait("f", 7, seconds{5});
  store_.append(line_of("g", "not mine"));
  loop_.advance(seconds{4});
  EXPECT_EQ(answers_, 0);
  loop_.advance(seconds{1});
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(answer_->events.empty());
  EXPECT_EQ(answer_->next, 7U);
}

TEST_F(LogStoreTest, ACancelledWaiterIsNotAnswered) {
  const auto id = wait("f", 0, seconds{5});
  store_.append(line_of("f", "one"));
  store_.cancel(id);
  loop_.advance(seconds{10});
  EXPECT_EQ(answers_, 0);
}

TEST_F(LogStoreTest, AnswersEveryWaiterBeforeTheEnd) {
  wait("f", 0, seconds{5});
  wait("g", 0, seconds{5});
  store_.answer_all();
  EXPECT_EQ(answers_, 2);
  loop_.advance(seconds{10});
  EXPECT_EQ(answers_, 2);
}

TEST_F(LogStoreTest, AReaderWhoAsksAgainFromItsAnswerMissesNothing) {
  std::vector<std::string> seen;
  std::function<void(LogBatch)> go_on = [&](const LogBatch& batch) {
    for (const LogEvent& event : batch.events) seen.push_back(event.line);
    if (seen.size() < 5) store_.wait("f", batch.next, seconds{30}, go_on);
  };
  store_.wait("f", 0, seconds{30}, go_on);
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    store_.append(line_of("f", text));
    loop_.run_until_idle();
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
}

}  // namespace
}  // namespace lmi::emulator::observe
