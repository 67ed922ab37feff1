// A coroutine function over a PostgreSQL pool that all invocations share.
// {"id": 1} in, {"id": 1, "name": "Teapot", "cents": 2450} out; {"name": "Cup", "cents": 900} adds one.
// DATABASE says where, as libpq reads it: "host=… dbname=… user=…" or "postgresql://…".

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <lmi/json.hpp>
#include <lmi/log.hpp>
#include <lmi/pool_async.hpp>
#include <lmi/pool_budget.hpp>
#include <lmi/postgres_async.hpp>
#include <string>

namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using Database = lmi::Pool<lmi::postgres::Connection>;

constexpr std::size_t connections = 8;  // enough for 64 slots: a query takes far less time than an invocation
constexpr std::size_t environments = 3;   // MaxExecutionEnvironments of this function
constexpr std::size_t server_takes = 97;  // PostgreSQL's default of 100, less 3 for its superuser

constexpr auto schema =
    "CREATE TABLE IF NOT EXISTS item (id serial PRIMARY KEY, name text NOT NULL, cents int NOT NULL)";

lmi::Task<json> handle(Database& database, json event, lmi::Context context) {
  const auto limits = lmi::AcquireLimits::of(context);  // its deadline, stop token and request id
  auto connection = (co_await lmi::async_acquire(database, limits)).value();

  if (event.contains("name")) {
    const auto added =
        (co_await lmi::postgres::async_query(
             *connection, limits, "INSERT INTO item (name, cents) VALUES ($1, $2) RETURNING id",
             event.at("name").get<std::string>(), event.at("cents").get<int>()))
            .value();
    co_return json{{"id", added.get<int>(0, "id")}};
  }
  const int id = event.at("id").get<int>();
  const auto found = (co_await lmi::postgres::async_query(
                          *connection, limits, "SELECT id, name, cents FROM item WHERE id = $1", id))
                         .value();
  if (found.empty()) throw lmi::Error{.type = "ItemNotFound", .message = "no item " + std::to_string(id)};
  co_return json{{"id", found.get<int>(0, "id")},
                 {"name", found.get<std::string>(0, "name")},
                 {"cents", found.get<int>(0, "cents")}};
}

/// The Init phase: what cannot work fails here, with a reason, and not in the first request.
void prepare(Database& database) {
  // One lease an invocation, and invocations may wait for it: 0 says that no slot wants a connection of its
  // own.
  const std::array pools{lmi::PoolDemand{.name = database.options().name,
                                         .max_size = connections,
                                         .leases_per_request = 0,
                                         .server_limit = server_takes}};
  const auto budget = lmi::check_pool_budget(lmi::PoolBudgetLimits::of_this_process(environments), pools);
  for (const auto& warning : budget.warnings) spdlog::warn("catalogue.budget {}", warning);

  database.warm_up(5s).value();
  const lmi::AcquireLimits limits{std::chrono::steady_clock::now() + 5s};
  auto connection = database.acquire(limits).value();
  const auto made = connection->query(limits, schema);
  // Two environments that start together may both try; the other one has made it then.
  if (!made && made.error().sqlstate != "23505" && made.error().sqlstate != "42P07") made.value();
}

}  // namespace

int main() {
  const char* where = std::getenv("DATABASE");  // NOLINT(concurrency-mt-unsafe): before any thread is started
  if (where == nullptr) {
    std::cerr << "catalogue: DATABASE must say where the database is, e.g. postgresql://user@host/shop\n";
    return 2;
  }
  Database database{{.name = "catalogue", .max_size = connections, .min_idle = 2},
                    lmi::postgres::hooks({.conninfo = where})};
  return lmi::run(
      [&](json event, lmi::Context context) { return handle(database, std::move(event), context); },
      {.init = [&] { prepare(database); }, .on_shutdown = [&] { database.drain(20ms); }});
}
