#include "entry/worker_connections.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::entry {
namespace {

const std::string event =
    "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\n"
    "Lambda-Runtime-Invocation-Id: attempt-2\r\nContent-Length: 2\r\n\r\n{}";

/// A connection to the platform: `mine` is the worker's end.
struct Connection {
  Connection() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    mine = ends[0];
    platforms = ends[1];
  }
  ~Connection() {
    worker_dies();
    ::close(platforms);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void write(std::string_view bytes) const {
    EXPECT_EQ(::send(platforms, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void worker_dies() {
    if (mine >= 0) ::close(std::exchange(mine, -1));
  }
  [[nodiscard]] bool platform_sees_the_end() const {
    char byte = 0;
    return ::recv(platforms, &byte, 1, MSG_DONTWAIT) == 0;
  }

  int mine;
  int platforms;
};

/// A supervisor with one worker process of two slots.
class WorkerConnectionsTest : public testing::Test {
 protected:
  void show(std::uint32_t slot, const Connection& connection) {
    EXPECT_FALSE(worker_.send(slot, connection.mine));
    EXPECT_TRUE(connections_.take());
  }

  /// As the slot does: the bytes are received, and not looked at yet.
  void arrive(std::size_t slot, std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), table_.entries()[slot].arrival().begin());
  }

  std::vector<std::string> ids() {
    std::vector<std::string> all;
    for (const auto& found : polls_.read()) all.push_back(found.request_id + " " + found.invocation_id);
    return all;
  }

  invoke::InFlightTable table_{2};
  WorkerConnections connections_{2};
  transport::DescriptorSender worker_ = connections_.begin();
  OrphanedPolls polls_{OrphanedPolls::Clock::time_point::max()};
};

TEST_F(WorkerConnectionsTest, WhatThePlatformHadWrittenIsFound) {
  Connection connection;
  show(1, connection);
  connection.write(event);
  connection.worker_dies();
  connections_.orphan(table_, polls_);
  EXPECT_EQ(ids(), std::vector<std::string>{"id-1 attempt-2"});
  EXPECT_TRUE(polls_.done());
  EXPECT_TRUE(connection.platform_sees_the_end());
}

TEST_F(WorkerConnectionsTest, WhatThePlatformWritesBeforeItNoticesIsFoundToo) {
  Connection connection;
  show(0, connection);
  connection.worker_dies();
  connections_.orphan(table_, polls_);
  EXPECT_TRUE(ids().empty());
  EXPECT_FALSE(polls_.done());
  EXPECT_TRUE(connection.platform_sees_the_end());  // and yet:
  connection.write(event);
  EXPECT_EQ(ids(), std::vector<std::string>{"id-1 attempt-2"});
}

TEST_F(WorkerConnectionsTest, AHeaderThatTheProcessHadReadInPartIsPutTogetherWhereverItIsCut) {
  const auto header = event.find("\r\n\r\n") + 4;
  for (std::size_t cut = 0; cut <= header; ++cut) {
    table_.clear();
    WorkerConnections connections{2};
    const auto worker = connections.begin();
    Connection connection;
    ASSERT_FALSE(worker.send(0, connection.mine));
    ASSERT_TRUE(connections.take());
    arrive(0, std::string_view{event}.substr(0, cut));
    connection.write(std::string_view{event}.substr(cut));
    connection.worker_dies();
    OrphanedPolls polls{OrphanedPolls::Clock::time_point::max()};
    connections.orphan(table_, polls);
    const auto found = polls.read();
    ASSERT_EQ(found.size(), 1U) << cut;
    EXPECT_EQ(found[0].request_id, "id-1");
  }
}

TEST_F(WorkerConnectionsTest, AnAnswersReplyAndAnEventThatIsInTheTableAreNoEvents) {
  Connection answering;
  Connection handling;
  show(0, answering);
  show(1, handling);
  answering.write(
      "HTTP/1.1 202 Accepted\r\nLambda-Runtime-Aws-Request-Id: id-0\r\nContent-Length: 0\r\n\r\n");
  table_.entries()[1].begin("id-1", "");
  arrive(1, event);
  connections_.orphan(table_, polls_);
  EXPECT_TRUE(handling.platform_sees_the_end());
  EXPECT_TRUE(ids().empty());
  EXPECT_TRUE(polls_.done());
}

TEST_F(WorkerConnectionsTest, APlatformThatClosesHadNothingToSay) {
  Connection connection;
  show(0, connection);
  connection.worker_dies();
  connections_.orphan(table_, polls_);
  ASSERT_EQ(::shutdown(connection.platforms, SHUT_RDWR), 0);
  EXPECT_TRUE(ids().empty());
  EXPECT_TRUE(polls_.done());
}

TEST_F(WorkerConnectionsTest, ANewConnectionOfASlotReplacesItsEarlierOne) {
  Connection old;
  Connection now;
  show(0, old);
  show(0, now);
  old.worker_dies();
  EXPECT_TRUE(old.platform_sees_the_end());  // nobody holds it any more
  now.write(event);
  connections_.orphan(table_, polls_);
  EXPECT_EQ(ids().size(), 1U);
}

TEST_F(WorkerConnectionsTest, SomeDescriptorsAreLeftWhateverAWorkerSends) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const Connection connection;
  const int lowest = ::fcntl(connection.mine, F_DUPFD_CLOEXEC, 0);  // the next number that is free
  ASSERT_GE(lowest, 0);
  ::close(lowest);
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(lowest) + 40;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  WorkerConnections connections{100};
  {
    const auto worker = connections.begin();
    bool all = true;
    for (std::uint32_t slot = 0; slot < 100; ++slot) {
      EXPECT_FALSE(worker.send(slot, connection.mine));
      all = connections.take() && all;
    }
    EXPECT_FALSE(all);
  }
  std::vector<int> own;
  for (int copy = 0; (copy = ::fcntl(connection.mine, F_DUPFD_CLOEXEC, 0)) >= 0;) own.push_back(copy);
  for (const int copy : own) ::close(copy);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_GE(own.size(), 32U);
}

}  // namespace
}  // namespace lmi::entry
