// How soon a slot polls again, on a machine that is busy with the handlers of other slots.

#include "api_stub.hpp"
#include "function_process.hpp"
#include "scenarios.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace lmi::bench {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned slots = 16;
constexpr milliseconds between_empty_ones{2};

/// Keeps as many handlers computing as there are vCPUs, and sends empty events between.
std::vector<std::chrono::nanoseconds> gaps_of(const Plan& plan, const std::string& kind, unsigned computing,
                                              milliseconds duration) {
  std::vector<std::chrono::nanoseconds> gaps;
  ApiStub api;
  api.record_gaps(gaps);
  const FunctionProcess function({plan.bin / "bench_function", {kind}, api.address(), slots, {}});
  if (!api.wait_for_polls(slots, Clock::now() + seconds{20}))
    throw std::runtime_error(kind + ": its polls did not arrive within 20 s");
  std::unordered_set<int> at_work;
  api.on_answer([&](int connection, std::string_view) { at_work.erase(connection); });
  auto next_empty = Clock::now();
  for (const auto end = next_empty + duration; Clock::now() < end;) {
    while (at_work.size() < computing && !api.waiting_polls().empty()) {
      const int connection = api.waiting_polls().front();
      at_work.insert(connection);
      api.give(connection, "20");
    }
    if (Clock::now() >= next_empty && !api.waiting_polls().empty()) {
      api.give(api.waiting_polls().front(), "0");
      next_empty += between_empty_ones;
    }
    api.turn(1);
  }
  return gaps;
}

}  // namespace

void repoll(const Plan& plan) {
  const auto vcpus = std::max(1U, std::thread::hardware_concurrency());
  const auto duration = plan.brief ? milliseconds{200} : seconds{2 * plan.rounds};
  std::printf("\nrepoll: from an answer's 202 being written to the slot's next poll, %u slots, us\n", slots);
  std::printf("  %-44s %8s %8s %8s %8s %8s\n", "", "answers", "p50", "p90", "p99", "max");
  for (const std::string kind : {"mixed", "mixed-coroutine"}) {
    for (const unsigned computing : {0U, vcpus}) {
      auto gaps = gaps_of(plan, kind, computing, duration);
      if (gaps.empty()) throw std::runtime_error(kind + ": no slot polled again");
      std::sort(gaps.begin(), gaps.end());
      const auto at = [&](double share) {
        const auto index = static_cast<std::size_t>(share * static_cast<double>(gaps.size() - 1));
        return static_cast<double>(gaps[index].count()) / 1000;
      };
      std::printf("  %-44s %8zu %8.0f %8.0f %8.0f %8.0f\n",
                  (kind + ", " + std::to_string(computing) + " handlers computing").c_str(), gaps.size(),
                  at(0.5), at(0.9), at(0.99), at(1));
    }
  }
}

}  // namespace lmi::bench
