// lmi::redis against a real server.

#include "lmi/redis.hpp"

#include "contract/pools/load.hpp"
#include "support/server_process.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using redis::Errc;
using Kind = redis::Reply::Kind;
using RedisPool = Pool<redis::Connection>;
using Clock = std::chrono::steady_clock;

class Redis : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_.emplace(); }
  static void TearDownTestSuite() { server_.reset(); }

  static redis::Options options() { return {.unix_socket = server_->socket()}; }

  static std::optional<RedisServer> server_;
  const AcquireLimits limits_{};
};
std::optional<RedisServer> Redis::server_;

TEST_F(Redis, RepliesHaveTypes) {
  RedisPool pool{patient({.name = "cache"}), redis::hooks(options())};
  auto cache = pool.acquire().value();
  const std::string bytes{"a\0b\r\n", 5};
  EXPECT_EQ(cache->command(limits_, {"SET", "key", bytes}).value().text, "OK");
  EXPECT_EQ(cache->command(limits_, {"GET", "key"}).value().text, bytes);
  const auto absent = cache->command(limits_, {"GET", "absent"}).value();
  EXPECT_EQ(absent.kind, Kind::nil);
  EXPECT_FALSE(absent);
  EXPECT_EQ(cache->command(limits_, {"INCRBY", "count", "41"}).value().number, 41);
  const auto list = cache->command(limits_, {"MGET", "key", "absent"}).value();
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].kind, Kind::string);
  EXPECT_EQ(list.items[1].kind, Kind::nil);
}

TEST_F(Redis, ARefusedCommandKeepsTheConnection) {
  RedisPool pool{patient({.name = "cache"}), redis::hooks(options())};
  {
    auto cache = pool.acquire().value();
    ASSERT_TRUE(cache->command(limits_, {"SET", "text", "x"}));
    const auto refused = cache->command(limits_, {"LPUSH", "text", "y"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::refused);
    EXPECT_EQ(refused.error().to_error().type, "RedisRefused");
    EXPECT_EQ(refused.error().message.substr(0, 9), "WRONGTYPE");
    EXPECT_EQ(cache->command(limits_, {}).error().code, Errc::refused);
  }
  EXPECT_EQ(pool.metrics().idle, 1U);
}

TEST_F(Redis, AConnectionThatIsNotAsItWasIsClosedAndACompleteTransactionIsNot) {
  RedisPool pool{patient({.name = "cache", .max_size = 1}), redis::hooks(options())};
  {
    auto cache = pool.acquire().value();
    ASSERT_TRUE(cache->command(limits_, {"multi"}));
    ASSERT_TRUE(cache->command(limits_, {"INCR", "transactions"}));
    EXPECT_EQ(cache->command(limits_, {"EXEC"}).value().items.size(), 1U);
  }
  EXPECT_EQ(pool.metrics().closed.discarded, 0U);
  ASSERT_TRUE(pool.acquire().value()->command(limits_, {"MULTI"}));
  ASSERT_TRUE(pool.acquire().value()->command(limits_, {"SELECT", "3"}));
  EXPECT_EQ(pool.metrics().closed.discarded, 2U);
}

TEST_F(Redis, SelectAndPasswordAreSentWhenConnecting) {
  auto other = options();
  other.database = 5;
  RedisPool pool{patient({.name = "cache"}), redis::hooks(other)};
  {
    auto cache = pool.acquire().value();
    ASSERT_TRUE(cache->command(limits_, {"SET", "only-in-five", "x"}));
  }
  EXPECT_EQ(pool.metrics().idle, 1U);  // its own SELECT does not count as a change
  RedisPool zero{patient({.name = "cache"}), redis::hooks(options())};
  EXPECT_FALSE(zero.acquire().value()->command(limits_, {"GET", "only-in-five"}).value());

  other.password = "wrong";
  const auto refused = redis::Connection::connect(other, {.deadline = Clock::now() + 60s});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().type, "RedisConnectFailed");
  EXPECT_NE(refused.error().message.find("AUTH"), std::string::npos) << refused.error().message;
}

TEST_F(Redis, AnOverrunCommandClosesItsConnection) {
  RedisPool pool{patient({.name = "cache", .max_size = 1}), redis::hooks(options())};
  {
    auto cache = pool.acquire().value();
    const auto overrun = cache->command(AcquireLimits{Clock::now() + 50ms}, {"BLPOP", "nothing", "0"});
    EXPECT_EQ(overrun.error().code, Errc::timed_out);
    EXPECT_EQ(cache->command(limits_, {"PING"}).error().code, Errc::connection_lost);
  }
  EXPECT_EQ(pool.metrics().closed.discarded, 1U);
  EXPECT_TRUE(pool.acquire().value()->command(limits_, {"PING"}));
}

TEST_F(Redis, AConnectionTheServerEndedWhileItWasIdleIsNotHandedOut) {
  RedisPool pool{patient({.name = "cache", .max_size = 2, .min_idle = 2}), redis::hooks(options())};
  ASSERT_TRUE(pool.warm_up(60s));
  auto killer = pool.acquire().value();
  ASSERT_TRUE(killer->command(limits_, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}));
  auto other = pool.acquire().value();
  EXPECT_TRUE(other->command(limits_, {"PING"}));
  EXPECT_EQ(pool.metrics().closed.broken, 1U);
}

TEST_F(Redis, NobodyListeningIsAnError) {
  const auto failed =
      redis::Connection::connect({.unix_socket = "/nonexistent/socket"}, {.deadline = Clock::now() + 60s});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().type, "RedisConnectFailed");
}

TEST_F(Redis, AServerKilledAndRestartedUnderLoadHangsNobodyAndRecovers) {
  RedisPool pool{{.name = "cache", .max_size = 8, .breaker_backoff = 20ms, .breaker_backoff_max = 200ms},
                 redis::hooks(options())};
  Load load;
  const auto use = [&] {
    while (!load.ends()) {
      const auto limits = Load::limits_for_one();
      bool well = false;
      if (auto lease = pool.acquire(limits)) {
        const auto reply = (*lease)->command(limits, {"INCR", "load"});
        well = reply.has_value();
        // What failed is not handed out again: the pool closes whatever is not for reuse.
        if (!well) {
          EXPECT_NE((*lease)->inspect(), OnReturn::reuse);
        }
      }
      load.finished(limits.deadline, well);
    }
  };
  std::vector<std::thread> users;
  for (int i = 0; i < 16; ++i) users.emplace_back(use);
  kill_and_restart_under(load, *server_);
  for (auto& user : users) user.join();
  EXPECT_FALSE(load.late());
  EXPECT_EQ(pool.metrics().in_use, 0U);
  EXPECT_TRUE(pool.drain(60s));
}

}  // namespace
}  // namespace lmi::test
