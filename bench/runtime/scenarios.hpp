#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace lmi::bench {

struct Plan {
  std::filesystem::path bin;   ///< Holds bench_function and hello.
  std::filesystem::path peer;  ///< aws-lambda-cpp's empty function; empty: not measured.
  unsigned rounds = 5;         ///< Interleaved: every contender runs once a round.
  std::chrono::milliseconds slice{2000};
  bool brief = false;  ///< Only show that everything runs.
};

/// CPU and throughput of an empty invocation, runtime beside peer, for each placement of cores.
void cost(const Plan& plan);
/// 64 sleeps of 100 ms in one environment on two workers.
void overlap(const Plan& plan);
/// 64 calls all inside the handler at the same moment, proven by a barrier none can pass alone.
void barrier(const Plan& plan);
/// Memory and CPU of a waiting function with 64 slots.
void idle(const Plan& plan);
/// exec → first /next, and the size of the stripped program.
void start(const Plan& plan);
/// Whether an empty coroutine waits while a worker idles, beside the worker models that were not chosen.
void fairness(const Plan& plan);
/// From an accepted answer to the slot's next poll while every vCPU computes.
void repoll(const Plan& plan);
/// Memory of one environment with 1,000 coroutine invocations in flight.
void thousand(const Plan& plan);

}  // namespace lmi::bench
