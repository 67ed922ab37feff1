// Whether an empty coroutine waits while a worker idles.

#include "api_stub.hpp"
#include "function_process.hpp"
#include "scenarios.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace lmi::bench {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Nanoseconds = std::int64_t;

constexpr unsigned slots = 16;
constexpr milliseconds between_empty_ones{2};

struct Record {
  bool computes = false;
  Nanoseconds sent = 0;      ///< The event, by the API.
  Nanoseconds began = 0;     ///< The handler, by itself.
  Nanoseconds ended = 0;     ///< Likewise.
  Nanoseconds answered = 0;  ///< The answer was read by the API.
};

Nanoseconds now() {
  return Clock::now().time_since_epoch().count();
}

/// Keeps `computing` handlers of 20 ms at work and sends an empty event every 2 ms to any poll that waits.
std::vector<Record> observe(ApiStub& api, unsigned computing, milliseconds duration) {
  std::vector<Record> records;
  std::unordered_map<int, Record> under_way;
  unsigned at_work = 0;
  api.on_answer([&](int connection, std::string_view body) {
    auto record = under_way.extract(connection).mapped();
    const auto space = body.find(' ');
    std::from_chars(body.data(), body.data() + space, record.began);
    std::from_chars(body.data() + space + 1, body.data() + body.size(), record.ended);
    record.answered = now();
    if (record.computes) --at_work;
    records.push_back(record);
  });
  std::minstd_rand random{1};
  const auto send = [&](bool computes) {
    const auto& waiting = api.waiting_polls();
    if (waiting.empty()) return;
    const int connection = waiting[random() % waiting.size()];
    under_way[connection] = {.computes = computes, .sent = now()};
    if (computes) ++at_work;
    api.give(connection, computes ? "20" : "0");
  };
  auto next_empty = Clock::now();
  for (const auto end = next_empty + duration; Clock::now() < end;) {
    while (at_work < computing && !api.waiting_polls().empty()) send(true);
    if (Clock::now() >= next_empty) {
      send(false);
      next_empty += between_empty_ones;
    }
    api.turn(1);
  }
  for (const auto limit = Clock::now() + seconds{20}; !under_way.empty();) {
    if (Clock::now() > limit) throw std::runtime_error("fairness: not all were answered in 20 s");
    api.turn(5);
  }
  api.on_answer({});
  return records;
}

/// How long an empty invocation waited, between its event and its first line, while fewer than `workers`
/// handlers were computing. What the event and the wake-ups take on their way is in it.
Nanoseconds waited_beside_an_idle_worker(const Record& empty, const std::vector<Record>& computing,
                                         unsigned workers) {
  std::vector<std::pair<Nanoseconds, int>> changes;
  for (const auto& other : computing) {
    const auto from = std::max(other.began, empty.sent);
    const auto to = std::min(other.ended, empty.began);
    if (from >= to) continue;
    changes.emplace_back(from, 1);
    changes.emplace_back(to, -1);
  }
  std::sort(changes.begin(), changes.end());
  Nanoseconds all_busy = 0;
  Nanoseconds since = 0;
  unsigned busy = 0;
  for (const auto& [when, change] : changes) {
    if (busy >= workers) all_busy += when - since;
    since = when;
    busy += static_cast<unsigned>(change);
  }
  return empty.began - empty.sent - all_busy;
}

double at(std::vector<Nanoseconds>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  return static_cast<double>(values[index]) / 1e6;
}

void report(const std::string& name, const std::vector<Record>& records, unsigned workers) {
  std::vector<Record> computing;
  std::copy_if(records.begin(), records.end(), std::back_inserter(computing),
               [](const auto& r) { return r.computes; });
  std::vector<Nanoseconds> latency;
  std::vector<Nanoseconds> beside_idle;
  for (const auto& record : records) {
    if (record.computes) continue;
    latency.push_back(record.answered - record.sent);
    beside_idle.push_back(waited_beside_an_idle_worker(record, computing, workers));
  }
  const auto unfair = std::count_if(beside_idle.begin(), beside_idle.end(),
                                    [](Nanoseconds waited) { return waited > 5'000'000; });
  std::vector<Nanoseconds> computed;
  for (const auto& record : computing) computed.push_back(record.ended - record.began);
  std::printf("    %-34s %8.1f %6zu %8.2f %8.2f %8.2f   %8.2f %8.2f %8.2f   %6.2f %%\n", name.c_str(),
              at(computed, 0.5), latency.size(), at(latency, 0.5), at(latency, 0.99), at(latency, 1),
              at(beside_idle, 0.5), at(beside_idle, 0.99), at(beside_idle, 1),
              100.0 * static_cast<double>(unfair) / static_cast<double>(latency.size()));
}

}  // namespace

void fairness(const Plan& plan) {
  const auto workers = std::max(1U, std::thread::hardware_concurrency());
  const auto duration = plan.brief ? milliseconds{200} : seconds{plan.rounds};
  std::printf(
      "\nfairness: coroutines that compute 20 ms and empty ones (one every 2 ms), %u workers, %u slots; ms\n",
      workers, slots);
  std::printf("    %-34s %8s %6s %26s   %26s   %8s\n", "", "20 ms in", "empty", "latency p50, p99, max",
              "beside an idle worker", "> 5 ms");
  for (const unsigned computing : {workers - 1, workers, 2 * workers}) {
    if (computing == 0) continue;
    std::printf("  %u at work all the time\n", computing);
    for (const auto& [name, program, argument] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {"lmi", "bench_function", "mixed-coroutine"},
             {"one io_context, V threads", "naive_function", "shared"},
             {"V io_contexts, static slots", "naive_function", "per-worker"}}) {
      ApiStub api;
      const FunctionProcess function({plan.bin / program, {argument}, api.address(), slots, {}});
      if (!api.wait_for_polls(slots, Clock::now() + seconds{20}))
        throw std::runtime_error(name + ": its polls did not arrive within 20 s");
      report(name, observe(api, computing, duration), workers);
    }
  }
}

}  // namespace lmi::bench
