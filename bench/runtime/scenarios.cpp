#include "scenarios.hpp"

#include "api_stub.hpp"
#include "function_process.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace lmi::bench {

namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned slots_64 = 64;
/// For what must happen at all, however busy the machine is.
constexpr seconds patience{30};

struct Contender {
  std::string name;
  FunctionProcess::Options options;
};

struct Sample {
  double per_second = 0;
  double cpu_us = 0;  // per invocation
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double milliseconds_of(Clock::duration time) {
  return duration<double, std::milli>(time).count();
}

void expect_polls(ApiStub& api, std::size_t polls, const std::string& who) {
  if (!api.wait_for_polls(polls, Clock::now() + patience)) {
    throw std::runtime_error(who + ": only " + std::to_string(api.waiting()) + " of " +
                             std::to_string(polls) + " polls arrived within 30 s");
  }
}

Sample measure(ApiStub& api, Contender contender, milliseconds slice) {
  api.reset();
  contender.options.runtime_api = api.address();
  const FunctionProcess function(contender.options);
  expect_polls(api, std::max(1U, contender.options.slots), contender.name);

  const auto run = [&api](milliseconds time) {
    const auto now = Clock::now();
    api.run_freely(now + time, now + time + patience);
  };
  run(slice / 5);  // warm
  const auto responses = api.responses();
  const auto cpu = function.cpu_time();
  const auto started = Clock::now();
  run(slice);
  const double done = static_cast<double>(api.responses() - responses);
  if (done == 0) throw std::runtime_error(contender.name + " answered nothing");
  return {.per_second = done / duration<double>(Clock::now() - started).count(),
          .cpu_us = duration<double, std::micro>(function.cpu_time() - cpu).count() / done};
}

std::vector<Contender> contenders(const Plan& plan) {
  const std::string ours = plan.bin / "bench_function";
  std::vector<Contender> out;
  for (const unsigned slots : {1U, 16U, slots_64}) {
    for (const std::string kind : {"empty", "empty-coroutine"}) {
      out.push_back({kind + ", " + std::to_string(slots) + " slots", {ours, {kind}, {}, slots, {}}});
    }
  }
  if (!plan.peer.empty()) out.push_back({"aws-lambda-cpp, 1 poll", {plan.peer, {}, {}, 0, {}}});
  return out;
}

void cost_at(const Plan& plan, const std::string& placement, Core api_core, Core function_core) {
  ApiStub api;
  std::map<std::string, std::vector<double>> rate;
  std::map<std::string, std::vector<double>> cpu;
  std::map<std::string, std::vector<double>> ratio;
  auto all = contenders(plan);
  pin_this_thread(api_core);
  for (unsigned round = 0; round < plan.rounds; ++round) {
    std::map<std::string, double> this_round;
    for (Contender& contender : all) {
      contender.options.core = function_core;
      const Sample sample = measure(api, contender, plan.slice);
      rate[contender.name].push_back(sample.per_second);
      cpu[contender.name].push_back(sample.cpu_us);
      this_round[contender.name] = sample.cpu_us;
    }
    if (plan.peer.empty()) continue;
    const double peer = this_round[all.back().name];
    for (const auto& [name, us] : this_round) ratio[name].push_back(us / peer);
  }
  pin_this_thread({});
  std::printf("\ncost: an empty invocation, %s, medians of %u interleaved rounds\n", placement.c_str(),
              plan.rounds);
  std::printf("  %-28s %12s %14s %22s\n", "", "inv/s", "CPU us/inv", "CPU, ratio to peer");
  for (const Contender& contender : all) {
    std::printf("  %-28s %12.0f %14.1f ", contender.name.c_str(), median(rate[contender.name]),
                median(cpu[contender.name]));
    if (plan.peer.empty())
      std::printf("%22s\n", "(no peer)");
    else
      std::printf("%22.2f\n", median(ratio[contender.name]));
  }
}

}  // namespace

void cost(const Plan& plan) {
  cost_at(plan, "API on core 0, function on core 1", 0, 1);
  if (plan.brief) return;
  cost_at(plan, "both on core 0", 0, 0);
  cost_at(plan, "unpinned", {}, {});
}

void overlap(const Plan& plan) {
  std::printf("\noverlap: 64 sleeps of 100 ms in one environment\n");
  for (const std::string kind : {"sleep", "sleep-coroutine"}) {
    std::vector<double> walls;
    ApiStub api;
    api.set_payload("100");
    const FunctionProcess function({plan.bin / "bench_function", {kind}, api.address(), slots_64, {}});
    for (unsigned round = 0; round < plan.rounds; ++round) {
      expect_polls(api, slots_64, kind);
      const auto wall = api.release_all(Clock::now() + patience);
      if (wall < Clock::duration::zero())
        throw std::runtime_error(kind + ": not all 64 were answered in 30 s");
      walls.push_back(milliseconds_of(wall));
    }
    std::printf("  %-28s %8.1f ms, %.2f x one sleep (worst %.2f)\n", kind.c_str(), median(walls),
                median(walls) / 100, *std::max_element(walls.begin(), walls.end()) / 100);
  }
}

void barrier(const Plan& plan) {
  std::printf("\nbarrier: 64 calls inside the handler at the same moment\n");
  for (const std::string kind : {"barrier", "barrier-coroutine"}) {
    ApiStub api;
    const FunctionProcess function({plan.bin / "bench_function", {kind, "64"}, api.address(), slots_64, {}});
    expect_polls(api, slots_64, kind);
    const auto wall = api.release_all(Clock::now() + patience);
    if (wall < Clock::duration::zero())
      throw std::runtime_error(kind + ": 64 calls never met at the barrier");
    std::printf("  %-28s met after %.1f ms\n", kind.c_str(), milliseconds_of(wall));
  }
}

void idle(const Plan& plan) {
  std::printf("\nidle: 64 slots, nothing to do\n");
  const auto wait = plan.brief ? seconds{1} : seconds{10};
  for (const auto& [program, arguments] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"hello", {}}, {"bench_function", {"empty-coroutine"}}}) {
    ApiStub api;
    const FunctionProcess function({plan.bin / program, arguments, api.address(), slots_64, {}});
    expect_polls(api, slots_64, program);
    const auto cpu = function.cpu_time();
    std::this_thread::sleep_for(wait);
    const double share = duration<double>(function.cpu_time() - cpu).count() / duration<double>(wait).count();
    std::printf("  %-28s RSS %5.1f MB, %zu threads, CPU %.4f %%\n",
                (program + (arguments.empty() ? "" : " coroutine")).c_str(),
                static_cast<double>(function.resident_bytes()) / 1e6, function.threads(), share * 100);
  }
}

void start(const Plan& plan) {
  std::printf("\nstart: exec to first /next, and size\n");
  std::vector<double> times;
  for (unsigned i = 0; i < plan.rounds * 4; ++i) {
    ApiStub api;
    const FunctionProcess function({plan.bin / "hello", {}, api.address(), slots_64, {}});
    expect_polls(api, 1, "hello");
    times.push_back(milliseconds_of(api.first_poll() - function.started()));
  }
  std::printf("  %-28s %8.1f ms (worst %.1f)\n", "hello, 64 slots", median(times),
              *std::max_element(times.begin(), times.end()));

  const auto stripped =
      std::filesystem::temp_directory_path() / ("hello-stripped-" + std::to_string(times.size()));
  const std::string command = "strip -o '" + stripped.string() + "' '" + (plan.bin / "hello").string() + "'";
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("strip failed");  // NOLINT(concurrency-mt-unsafe)
  std::printf("  %-28s %8.2f MB\n", "hello, stripped",
              static_cast<double>(std::filesystem::file_size(stripped)) / 1e6);
  std::filesystem::remove(stripped);
}

}  // namespace lmi::bench
