// What 1,000 invocations in flight cost in memory.

#include "api_stub.hpp"
#include "function_process.hpp"
#include "scenarios.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace lmi::bench {

namespace {

/// Two sockets an invocation are open on this machine; a shell's usual limit of 1,024 is too low for either
/// end.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void thousand(const Plan& plan) {
  using std::chrono::seconds;
  constexpr unsigned slots = 1000;
  std::printf("\nthousand: 1,000 coroutine invocations in flight in one environment\n");
  allow_many_descriptors();
  ApiStub api;
  // Each stays inside until a gate opens. One slot more asks how many are, and opens it.
  const FunctionProcess function(
      {plan.bin / "bench_function", {"gate-coroutine"}, api.address(), slots + 1, {}});
  if (!api.wait_for_polls(slots + 1, Clock::now() + seconds{60}))
    throw std::runtime_error("thousand: only " + std::to_string(api.waiting()) +
                             " polls arrived within 60 s");
  const auto idle = function.resident_bytes();
  while (api.waiting() > 1) api.give(api.waiting_polls().front(), "wait");
  std::string inside;
  api.on_answer([&](int, std::string_view body) { inside = body; });
  const auto limit = Clock::now() + seconds{60};
  std::size_t resident = 0;
  while (inside != std::to_string(slots) && Clock::now() < limit) {
    if (!api.wait_for_polls(1, limit)) break;
    inside.clear();
    api.give(api.waiting_polls().front(), "count");
    while (inside.empty() && Clock::now() < limit) api.turn(5);
    resident = function.resident_bytes();
  }
  if (inside != std::to_string(slots)) throw std::runtime_error("thousand: only " + inside + " were inside");
  api.on_answer({});
  if (!api.wait_for_polls(1, limit)) throw std::runtime_error("thousand: the last slot did not poll again");
  const auto before = api.responses();
  api.give(api.waiting_polls().front(), "open");
  while (api.responses() < before + slots + 1 && Clock::now() < limit) api.turn(5);
  if (api.responses() < before + slots + 1) throw std::runtime_error("thousand: not all were answered");
  std::printf(
      "  RSS %5.1f MB with 1,001 idle slots, %5.1f MB with 1,000 invocations in flight (%.1f kB each), %zu "
      "threads\n",
      static_cast<double>(idle) / 1e6, static_cast<double>(resident) / 1e6,
      static_cast<double>(resident) / 1000 / slots, function.threads());
}

}  // namespace lmi::bench
