#pragma once

#include "simulate/arrival.hpp"
#include "simulate/random.hpp"
#include "simulate/scenario.hpp"

#include <cstddef>
#include <cstdint>

namespace lmi::sizing::simulate {

/// One function's clients: what they send and when. Each function has random numbers of its own, so that one
/// more or less leaves the calls of the others as they are.
struct Clients {
  Clients(const Workload& workload_, Time end, std::uint64_t seed)
      : workload{workload_},
        arrivals{workload.arrivals, end, seed},
        cpu{seed, Purpose::cpu},
        wait{seed, Purpose::wait},
        overhead{seed, Purpose::overhead},
        retry{seed, Purpose::retries},
        timeout{from_seconds(workload.function.timeout_seconds)} {}

  const Workload& workload;
  ArrivalStream arrivals;
  Random cpu;
  Random wait;
  Random overhead;
  Random retry;
  Time timeout;
};

/// The first function's is the scenario's own.
inline std::uint64_t seed_of_function(std::uint64_t seed, std::size_t function) {
  return function == 0 ? seed : Random{seed + function, Purpose::functions}.bits();
}

}  // namespace lmi::sizing::simulate
