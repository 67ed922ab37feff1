#include "invoke/deadline_watch.hpp"
#include "invoke/invocation.hpp"
#include "invoke/scratch.hpp"
#include "transport/connection.hpp"
#include "transport/exchange.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <list>
#include <thread>

namespace lmi::invoke {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using Wall = std::chrono::system_clock;

TEST(Deadline, R20_IsExactFarAwayAndSaturatesAtTheEnds) {
  const Wall::time_point wall{1'795'303'868'000ms};
  const Steady::time_point steady{1'000s};
  EXPECT_EQ(to_deadline(1'795'303'868'000 + 5'400'000, wall, steady), steady + 5400s);
  EXPECT_EQ(to_deadline(1'795'303'868'000 + 283'824'000'000, wall, steady), steady + 283'824'000s);
  EXPECT_EQ(to_deadline(std::numeric_limits<std::int64_t>::max(), wall, steady), Steady::time_point::max());
  EXPECT_EQ(to_deadline(std::nullopt, wall, steady), Steady::time_point::max());
}

TEST(Deadline, R21_APassedOneIsInThePast) {
  const Wall::time_point wall{1'795'303'868'000ms};
  const Steady::time_point steady{1'000s};
  EXPECT_EQ(to_deadline(1'795'303'867'000, wall, steady), steady - 1s);
  EXPECT_LE(to_deadline(0, wall, steady), steady);
  EXPECT_LE(to_deadline(std::numeric_limits<std::int64_t>::min(), wall, steady), steady);
}

struct Alarm final : DeadlineWatch::Target {
  explicit Alarm(DeadlineWatch& owner) : watch{owner} { watch.add(*this); }
  ~Alarm() { watch.remove(*this); }
  void at_deadline() override { rang.set_value(Steady::now()); }
  bool rings() { return bell.wait_for(30s) == std::future_status::ready; }

  DeadlineWatch& watch;
  std::promise<Steady::time_point> rang;
  std::future<Steady::time_point> bell = rang.get_future();
};

TEST(DeadlineWatch, TellsEachTargetOnceAndNoneThatWasDisarmed) {
  DeadlineWatch watch;
  Alarm late{watch};
  Alarm early{watch};
  Alarm disarmed{watch};
  const auto now = Steady::now();
  watch.arm(disarmed, now + 10s);  // the thread sleeps until then …
  watch.arm(late, now + 20ms);     // … and is woken for these
  watch.arm(early, now + 1ms);
  DeadlineWatch::disarm(disarmed);

  ASSERT_TRUE(late.rings());
  ASSERT_TRUE(early.rings());
  EXPECT_GE(late.bell.get(), now + 20ms);
  EXPECT_GE(early.bell.get(), now + 1ms);
  EXPECT_EQ(disarmed.bell.wait_for(0s), std::future_status::timeout);
}

TEST(DeadlineWatch, ATargetMayBeArmedAgainAndAgain) {
  DeadlineWatch watch;
  Alarm target{watch};
  for (int i = 0; i < 10'000; ++i) {
    watch.arm(target, Steady::now() + 1h);
    DeadlineWatch::disarm(target);
  }
  EXPECT_EQ(target.bell.wait_for(0s), std::future_status::timeout);
  watch.arm(target, Steady::now() - 1s);
  EXPECT_TRUE(target.rings());
}

class Scratch : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(parent_); }
  void TearDown() override { fs::remove_all(parent_); }
  const fs::path parent_ = fs::path{testing::TempDir()} / ("scratch-test-" + std::to_string(::getpid()));
};

TEST_F(Scratch, NamesAreSafeAndNeverTheSame) {
  ScratchRoot root{parent_};
  const auto first = root.create("../../etc/passwd\n");
  const auto second = root.create("../../etc/passwd\n");
  EXPECT_NE(first, second);
  EXPECT_EQ(first.parent_path(), second.parent_path());
  EXPECT_EQ(first.parent_path().parent_path(), parent_);
  EXPECT_TRUE(first.filename().native().starts_with("______etc_passwd_-"));
  EXPECT_EQ(safe_name(std::string(200, 'a')).size(), 64U);
}

TEST_F(Scratch, NothingIsCreatedBeforeItIsAskedForAndNothingIsLeft) {
  {
    ScratchRoot root{parent_};
    EXPECT_TRUE(fs::is_empty(parent_));
    std::ofstream{root.create("a") / "file"} << "x";
  }
  EXPECT_TRUE(fs::is_empty(parent_));
}

TEST_F(Scratch, SweepRemovesWhatTheDeadLeftAndNothingElse) {
  ScratchRoot living{parent_};
  const auto in_use = living.create("a");
  fs::create_directories(parent_ / "lmi-scratch-1-dead/request");
  fs::create_directories(parent_ / "somebody-elses");

  EXPECT_EQ(ScratchRoot{parent_}.sweep(), 1U);
  EXPECT_TRUE(fs::exists(in_use));
  EXPECT_TRUE(fs::exists(parent_ / "somebody-elses"));
  EXPECT_FALSE(fs::exists(parent_ / "lmi-scratch-1-dead"));
}

TEST_F(Scratch, ATreeIsRemovedAlsoWithoutPermissions) {
  const auto tree = parent_ / "tree";
  fs::create_directories(tree / "closed/inner");
  std::ofstream{tree / "closed/inner/file"} << "x";
  fs::permissions(tree / "closed/inner", fs::perms::none);
  fs::permissions(tree / "closed", fs::perms::none);

  EXPECT_FALSE(remove_tree(tree));
  EXPECT_FALSE(fs::exists(tree));
  EXPECT_FALSE(remove_tree(tree));  // nothing there is nothing wrong
}

/// While it exists this process can open nothing.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest_free);
    auto limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(Scratch, WithoutADescriptorLeftItSaysSoAndLeavesNothing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP()
      << "built with UBSan, which opens a pipe to look at an object's type, and takes none for a wrong one";
#endif
  ScratchRoot root{parent_};
  std::error_code failure;
  {
    const NoDescriptors none;
    try {
      root.create("a");
    } catch (const fs::filesystem_error& error) {
      failure = error.code();
    }
  }
  EXPECT_EQ(failure, std::errc::too_many_files_open);
  EXPECT_TRUE(fs::is_empty(parent_));
  EXPECT_TRUE(fs::exists(root.create("a")));  // and works again once there are some
}

/// A listening socket that accepts in its backlog and never says anything.
class SilentServer {
 public:
  explicit SilentServer(int backlog = 4) : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(descriptor_, backlog);
    socklen_t length = sizeof address;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(descriptor_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  std::uint16_t port = 0;

 private:
  int descriptor_;
};

/// Sends interim replies to its one client, without end and without a pause.
class EndlessServer {
 public:
  ~EndlessServer() {
    ::shutdown(server_.descriptor(), SHUT_RDWR);  // in case nobody came
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port; }

 private:
  const SilentServer server_;
  std::thread thread_{[this] {
    constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
    const int client = ::accept4(server_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    while (::send(client, interim.data(), interim.size(), MSG_NOSIGNAL) > 0) {
    }
    ::close(client);
  }};
};

TEST(Connection, R16_HasNoTimeOuts) {
  const SilentServer server;
  const auto endpoint = transport::resolve("127.0.0.1", server.port);
  ASSERT_TRUE(endpoint);
  transport::Connection connection{*endpoint};
  ASSERT_FALSE(connection.connect());

  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    timeval limit{.tv_sec = 1, .tv_usec = 1};
    socklen_t length = sizeof limit;
    ASSERT_EQ(::getsockopt(connection.descriptor(), SOL_SOCKET, option, &limit, &length), 0);
    EXPECT_EQ(limit.tv_sec, 0);
    EXPECT_EQ(limit.tv_usec, 0);
  }
}

TEST(Connection, OneLimitEndsConnectingSendingAndReceiving) {
  const SilentServer server{1};
  const auto endpoint = transport::resolve("127.0.0.1", server.port);
  ASSERT_TRUE(endpoint);
  const auto soon = [] { return Steady::now() + 50ms; };
  transport::Connection connection{*endpoint};
  connection.limit_until(Steady::now() + 60s);
  ASSERT_FALSE(connection.connect());

  connection.limit_until(soon());
  EXPECT_EQ(connection.send({.head = std::string(64 << 20, 'x'), .body = {}}), std::errc::timed_out);
  connection.limit_until(soon());
  std::array<char, 16> space{};
  std::error_code failure;
  EXPECT_EQ(connection.receive(space, failure), 0U);
  EXPECT_EQ(failure, std::errc::timed_out);

  // One that has no room for further connections lets them wait.
  std::list<transport::Connection> others;
  std::error_code full;
  for (int i = 0; i < 8 && !full; ++i) {
    auto& other = others.emplace_back(*endpoint);
    other.limit_until(soon());
    full = other.connect();
  }
  EXPECT_EQ(full, std::errc::timed_out);
}

TEST(Connection, ALimitCountsForTheWholeExchange) {
  const EndlessServer server;
  const auto endpoint = transport::resolve("127.0.0.1", server.port());
  ASSERT_TRUE(endpoint);
  transport::Connection connection{*endpoint};
  connection.limit_until(Steady::now() + 50ms);
  wire::ReplyParser parser;
  const auto problem = transport::exchange(connection, "GET / HTTP/1.1\r\n\r\n", {}, parser);
  ASSERT_TRUE(problem);  // although the server never paused
  EXPECT_NE(problem->find(std::make_error_code(std::errc::timed_out).message()), std::string::npos)
      << *problem;
}

TEST(Connection, AnInterruptEndsAWaitThatIsUnderWayAndLaterOnes) {
  const SilentServer server;
  const auto endpoint = transport::resolve("127.0.0.1", server.port);
  ASSERT_TRUE(endpoint);
  transport::Connection connection{*endpoint};
  ASSERT_FALSE(connection.connect());
  auto received = std::async(std::launch::async, [&] {
    std::array<char, 16> space{};
    std::error_code failure;
    return connection.receive(space, failure);
  });
  connection.interrupt();

  EXPECT_EQ(received.get(), 0U);
  EXPECT_EQ(connection.connect(), std::errc::operation_canceled);
  connection.resume();
  EXPECT_FALSE(connection.connect());
}

TEST(Connection, ARefusedConnectionSaysSo) {
  std::uint16_t port = 0;
  {
    const SilentServer server;
    port = server.port;
  }
  const auto endpoint = transport::resolve("127.0.0.1", port);
  ASSERT_TRUE(endpoint);
  transport::Connection connection{*endpoint};
  EXPECT_EQ(connection.connect(), std::errc::connection_refused);
}

TEST(Endpoint, AuthorityIsWhatAHostHeaderHas) {
  EXPECT_EQ(transport::resolve("127.0.0.1", 9001)->authority, "127.0.0.1:9001");
  EXPECT_EQ(transport::resolve("::1", 9001)->authority, "[::1]:9001");
  EXPECT_FALSE(transport::resolve("no-such-host.invalid", 1));
}

}  // namespace
}  // namespace lmi::invoke
