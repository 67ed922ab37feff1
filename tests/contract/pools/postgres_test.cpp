// lmi::postgres against a real server.

#include "lmi/postgres.hpp"

#include "contract/pools/load.hpp"
#include "support/server_process.hpp"

#include <gtest/gtest.h>

#include <libpq-fe.h>

#include <future>
#include <optional>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using postgres::Errc;
using PostgresPool = Pool<postgres::Connection>;
using Clock = std::chrono::steady_clock;

class Postgres : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_.emplace(); }
  static void TearDownTestSuite() { server_.reset(); }

  static postgres::Options options() { return {.conninfo = server_->conninfo()}; }

  /// The session's own number at the server.
  static std::string identity(const Lease<postgres::Connection>& lease) {
    return std::to_string(PQbackendPID(lease->native()));
  }

  /// Asks until the server says so.
  static bool eventually(PostgresPool& pool, const std::string& condition) {
    const auto end = Clock::now() + 60s;
    while (Clock::now() < end) {
      auto lease = pool.acquire().value();
      if (lease->query({}, "SELECT " + condition).value().get<bool>(0, 0)) return true;
    }
    return false;
  }

  static std::optional<PostgresServer> server_;
  const AcquireLimits limits_{};
};
std::optional<PostgresServer> Postgres::server_;

TEST_F(Postgres, ParametersAndResultsHaveTypes) {
  PostgresPool pool{patient({.name = "db"}), postgres::hooks(options())};
  auto connection = pool.acquire().value();
  const auto rows =
      connection
          ->query(limits_, "SELECT $1::int AS number, $2::text AS text, $3::float8, $4::bool, $5::text", 42,
                  "it's", 2.5, true, std::nullopt)
          .value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.columns(), 5U);
  EXPECT_EQ(rows.get<int>(0, "number"), 42);
  EXPECT_EQ(rows.get<std::string>(0, "text"), "it's");
  EXPECT_EQ(rows.get<double>(0, 2), 2.5);
  EXPECT_EQ(rows.get<bool>(0, 3), true);
  EXPECT_EQ(rows.get<std::optional<std::string>>(0, 4), std::nullopt);
  EXPECT_EQ(rows.get<std::optional<int>>(0, 0), 42);
  EXPECT_EQ(rows.text(0, 4), std::nullopt);
  EXPECT_THROW(static_cast<void>(rows.get<int>(0, 4)), Error);
  EXPECT_THROW(static_cast<void>(rows.get<int>(0, "text")), Error);
  EXPECT_THROW(static_cast<void>(rows.column("absent")), Error);
  EXPECT_THROW(static_cast<void>(rows.text(1, 0)), Error);
  EXPECT_EQ(connection->query(limits_, "CREATE TEMPORARY TABLE t (n int)").value().affected(), 0U);
  EXPECT_EQ(connection->query(limits_, "INSERT INTO t SELECT generate_series(1, 3)").value().affected(), 3U);
}

TEST_F(Postgres, AnAnswerLargerThanTheSocketBuffersArrivesWhole) {
  PostgresPool pool{patient({.name = "db"}), postgres::hooks(options())};
  auto connection = pool.acquire().value();
  const std::string large(8'000'000, 'x');
  const auto rows = connection->query(limits_, "SELECT $1::text", large).value();
  EXPECT_EQ(rows.get<std::string_view>(0, 0), large);
}

TEST_F(Postgres, ARefusedStatementHasItsSqlstateAndTheSessionStays) {
  PostgresPool pool{patient({.name = "db"}), postgres::hooks(options())};
  {
    auto connection = pool.acquire().value();
    const auto refused = connection->query(limits_, "SELECT 1/0");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::refused);
    EXPECT_EQ(refused.error().sqlstate, "22012");
    EXPECT_EQ(refused.error().to_error().type, "PostgresRefused");
    EXPECT_TRUE(connection->query(limits_, "SELECT 1"));
  }
  { auto connection = pool.acquire().value(); }
  EXPECT_EQ(pool.metrics().created, 1U);
  EXPECT_EQ(pool.metrics().closed.total(), 0U);
}

TEST_F(Postgres, AnOpenTransactionIsRolledBackBeforeTheNextOneGetsTheSession) {
  PostgresPool pool{patient({.name = "db", .max_size = 1}), postgres::hooks(options())};
  {
    auto connection = pool.acquire().value();
    ASSERT_TRUE(connection->query(limits_, "BEGIN"));
    ASSERT_TRUE(connection->query(limits_, "CREATE TABLE left_open (n int)"));
  }
  auto next = pool.acquire().value();
  EXPECT_TRUE(next->query(limits_, "SELECT to_regclass('left_open') IS NULL").value().get<bool>(0, 0));
  EXPECT_EQ(pool.metrics().created, 1U);
}

TEST_F(Postgres, DiscardAllLetsNoSettingPassToTheNextOne) {
  auto with_discard = options();
  with_discard.discard_all = true;
  PostgresPool pool{patient({.name = "db", .max_size = 1}), postgres::hooks(with_discard)};
  ASSERT_TRUE(pool.acquire().value()->query(limits_, "SET statement_timeout = '12345ms'"));
  auto next = pool.acquire().value();
  EXPECT_EQ(next->query(limits_, "SHOW statement_timeout").value().get<std::string>(0, 0), "0");
  EXPECT_EQ(pool.metrics().created, 1U);
}

TEST_F(Postgres, AnOverrunStatementIsCancelledAndItsSessionNotReused) {
  PostgresPool pool{patient({.name = "db", .max_size = 2}), postgres::hooks(options())};
  {
    auto connection = pool.acquire().value();
    const auto overrun = connection->query(AcquireLimits{Clock::now() + 1s}, "SELECT pg_sleep(600)");
    ASSERT_FALSE(overrun);
    EXPECT_EQ(overrun.error().code, Errc::timed_out);
    EXPECT_FALSE(connection->query(limits_, "SELECT 1"));  // still in the middle of the other
  }
  EXPECT_EQ(pool.metrics().closed.discarded, 1U);
  EXPECT_TRUE(
      eventually(pool, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%')"));
}

TEST_F(Postgres, AStopRequestEndsAStatement) {
  PostgresPool pool{patient({.name = "db", .max_size = 2}), postgres::hooks(options())};
  std::stop_source source;
  auto ended = std::async(std::launch::async, [&] {
    AcquireLimits limits;
    limits.stop = source.get_token();
    auto connection = pool.acquire(limits).value();
    return connection->query(limits, "SELECT pg_sleep(600)").error().code;
  });
  EXPECT_TRUE(eventually(pool, "EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%')"));
  source.request_stop();
  EXPECT_EQ(ended.get(), Errc::stopped);
  EXPECT_EQ(pool.metrics().closed.stopped, 1U);
}

TEST_F(Postgres, ASessionTheServerEndedWhileItWasIdleIsNotHandedOut) {
  PostgresPool pool{patient({.name = "db", .max_size = 2, .min_idle = 2}), postgres::hooks(options())};
  ASSERT_TRUE(pool.warm_up(60s));
  {
    auto killer = pool.acquire().value();
    ASSERT_TRUE(killer->query(limits_,
                              "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                              "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"));
    auto other = pool.acquire().value();  // the terminated one was the only idle one
    EXPECT_TRUE(other->query(limits_, "SELECT 1"));
  }
  EXPECT_EQ(pool.metrics().closed.broken, 1U);
}

TEST_F(Postgres, WarmUpNamesAServerThatIsNotThere) {
  PostgresPool pool{patient({.name = "db", .min_idle = 1}),
                    postgres::hooks({.conninfo = "host=/nonexistent dbname=x user=y"})};
  EXPECT_FALSE(pool.warm_up(1ms));  // begins
  const auto end = Clock::now() + 60s;
  while (pool.metrics().connect_failures == 0 && Clock::now() < end) std::this_thread::yield();
  const auto ready = pool.warm_up(1ms);
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().message.find("/nonexistent"), std::string::npos) << ready.error().message;
}

void use(PostgresPool& pool, Load& load,
         const std::function<std::string(const Lease<postgres::Connection>&)>& identity) {
  while (!load.ends()) {
    const auto limits = Load::limits_for_one();
    bool well = false;
    if (auto lease = pool.acquire(limits)) {
      const auto who = identity(*lease);
      load.leased(who);
      const auto rows = (*lease)->query(limits, "SELECT $1::int + 1, pg_sleep(0.001)", 41);
      well = rows && rows->get<int>(0, 0) == 42;
      if (!rows) load.broken(who);
    }
    load.finished(limits.deadline, well);
  }
}

TEST_F(Postgres, AServerKilledAndRestartedUnderLoadHangsNobodyAndRecovers) {
  PostgresPool pool{
      {.name = "db", .max_size = 8, .min_idle = 2, .breaker_backoff = 20ms, .breaker_backoff_max = 200ms},
      postgres::hooks(options())};
  Load load;
  std::vector<std::thread> users;
  for (int i = 0; i < 16; ++i) users.emplace_back([&] { use(pool, load, identity); });
  kill_and_restart_under(load, *server_);
  for (auto& user : users) user.join();
  EXPECT_FALSE(load.late());
  EXPECT_FALSE(load.handed_out_again());
  EXPECT_EQ(pool.metrics().in_use, 0U);
  EXPECT_TRUE(pool.drain(60s));
}

}  // namespace
}  // namespace lmi::test
