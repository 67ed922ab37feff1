// A function with a pool of Redis connections, for the integration tests: counts under the key it is given,
// and answers the count. REDIS is the server's socket; COROUTINE=1: the handler is a coroutine.

#include <cstdlib>
#include <lmi/async.hpp>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <lmi/pool_async.hpp>
#include <lmi/redis.hpp>
#include <lmi/redis_async.hpp>
#include <string>
#include <utility>

namespace {

using nlohmann::json;
using Cache = lmi::Pool<lmi::redis::Connection>;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return value == nullptr ? "" : value;
}

json count(Cache& cache, const json& event, const lmi::Context& context) {
  const auto limits = lmi::AcquireLimits::of(context);
  auto connection = cache.acquire(limits).value();
  return connection->command(limits, {"INCR", event.at("key")}).value().number;
}

lmi::Task<json> count_async(Cache& cache, json event, lmi::Context context) {
  const auto limits = lmi::AcquireLimits::of(context);
  auto connection = (co_await lmi::async_acquire(cache, limits)).value();
  const std::string key = event.at("key");
  co_return (co_await lmi::redis::async_command(*connection, limits, "INCR", key)).value().number;
}

}  // namespace

int main() {
  Cache cache{{.name = "cache", .max_size = 2}, lmi::redis::hooks({.unix_socket = variable("REDIS")})};
  lmi::RunOptions options;
  options.on_shutdown = [&] { cache.close(); };
  if (variable("COROUTINE").empty())
    return lmi::run([&](const json& event, lmi::Context& context) { return count(cache, event, context); },
                    options);
  return lmi::run(
      [&](json event, lmi::Context context) { return count_async(cache, std::move(event), context); },
      options);
}
