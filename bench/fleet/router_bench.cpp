#include "fleet/fleet.hpp"
#include "fleet/random.hpp"
#include "fleet/router.hpp"

#include <benchmark/benchmark.h>

#include <vector>

// What a decision of the router costs: one call is routed and another, chosen at random, ends. The argument
// is the number of environments, each with 64 slots, half of them taken.

namespace {

using namespace lmi::emulator::fleet;

constexpr unsigned slots = 64;

/// Which call ends next, drawn beforehand so that the drawing is not measured.
std::vector<std::uint32_t> drawn(std::size_t calls) {
  Random random{1};
  std::vector<std::uint32_t> indices(1U << 16U);
  for (auto& index : indices) index = static_cast<std::uint32_t>(random.below(calls));
  return indices;
}

void decision(benchmark::State& state, Routing routing) {
  Router router{slots, routing};
  const auto environments = static_cast<std::uint64_t>(state.range(0));
  std::vector<Router::Seat> seats(environments + 1);
  for (std::uint64_t id = 1; id <= environments; ++id) seats[id] = router.open(EnvironmentId{id});
  const auto take = [&] { return static_cast<std::uint64_t>(std::get<EnvironmentId>(router.take())); };
  std::vector<std::uint64_t> calls(environments * slots / 2);
  for (auto& holder : calls) holder = take();
  const auto ending = drawn(calls.size());

  std::size_t i = 0;
  for (auto _ : state) {
    std::uint64_t& holder = calls[ending[i++ % ending.size()]];
    router.release(seats[holder]);
    holder = take();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(decision, spread, Routing::spread)->Arg(10)->Arg(1000)->Arg(10'000);
BENCHMARK_CAPTURE(decision, pack, Routing::pack)->Arg(10'000);

/// The same through the fleet: with the look-up of version and environment, and the scaler's signals.
void fleet_decision(benchmark::State& state) {
  const auto environments = static_cast<unsigned>(state.range(0));
  Fleet fleet{{}, {{"m1.xlarge", "x86_64", 4, 16384, 0.2}}, 1};
  Decisions decisions;
  fleet.put_provider({.name = "p",
                      .architecture = "x86_64",
                      .zones = {"a", "b", "c"},
                      .max_vcpus = 1'000'000,
                      .allowed_types = {},
                      .excluded_types = {}},
                     Time{0}, decisions);
  fleet.add_version({.id = VersionId{1},
                     .provider = "p",
                     .max_concurrency = slots,
                     .scaling = {.min_environments = environments, .max_environments = environments}},
                    Time{0}, decisions);
  for (const InstanceView& view : fleet.instances()) fleet.instance_running(view.id, Time{0}, decisions);
  for (const EnvironmentView& view : fleet.environments())
    fleet.environment_ready(view.id, Time{0}, decisions);
  const auto take = [&](Time now) { return std::get<EnvironmentId>(fleet.route(VersionId{1}, now)); };
  std::vector<EnvironmentId> calls(std::size_t{environments} * slots / 2);
  for (auto& holder : calls) holder = take(Time{0});
  const auto ending = drawn(calls.size());

  Time now{0};
  std::size_t i = 0;
  for (auto _ : state) {
    EnvironmentId& holder = calls[ending[i++ % ending.size()]];
    fleet.release(holder, ++now, decisions);
    holder = take(now);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(fleet_decision)->Arg(10'000);

}  // namespace
