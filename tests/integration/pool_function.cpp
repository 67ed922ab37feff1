// A function with a pool, for the integration tests. The pool has one connection in each environment.
//
//   {"do":"hold","until":PATH}   holds the connection until PATH exists
//   {"do":"take","timeoutMs":N}  acquires within N ms and answers which connection it got
//   {"do":"metrics"}             answers the Prometheus text
//
// After each call the pool's metrics are in the log, as CloudWatch reads them.
// With the variable POOL_REFUSES set, connecting fails with that text.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <lmi/pool.hpp>
#include <lmi/pool_emf.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using nlohmann::json;

struct Connection {
  int number;
};

lmi::Result<std::unique_ptr<Connection>> connect(const lmi::ConnectLimits& /*limits*/) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
  if (const char* why = std::getenv("POOL_REFUSES")) return lmi::Error{.type = "Refused", .message = why};
  static std::atomic<int> made{0};
  return std::make_unique<Connection>(Connection{++made});
}

json handle(lmi::Pool<Connection>& pool, const json& event, lmi::Context& context) {
  const std::string what = event.at("do");
  if (what == "metrics") {
    const std::array shown{pool.metrics()};
    return {{"text", lmi::to_prometheus(shown)}};
  }
  auto limits = lmi::AcquireLimits::of(context);
  if (event.contains("timeoutMs"))
    limits.timeout = std::chrono::milliseconds{event.at("timeoutMs").get<int>()};
  const auto connection = pool.acquire(limits).value();
  if (what == "hold") {
    const std::filesystem::path until{event.at("until").get<std::string>()};
    while (!std::filesystem::exists(until)) std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return {{"connection", connection->number}};
}

}  // namespace

int main() {
  lmi::Pool<Connection> pool{{.name = "probe", .max_size = 1, .min_idle = 1}, {.connect = connect}};
  lmi::EmfPoolMetrics metrics{{.name_space = "Test", .interval = std::chrono::seconds{0}},
                              [&] { return std::vector{pool.metrics()}; }};
  return lmi::run([&](const json& event, lmi::Context& context) { return handle(pool, event, context); },
                  {.init = [&] { pool.warm_up(std::chrono::seconds{3}).value(); },
                   .on_shutdown = [&] { pool.close(); },
                   .middleware = {&metrics}});
}
