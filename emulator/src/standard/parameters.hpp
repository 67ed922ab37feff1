#pragma once

#include <chrono>
#include <cstdint>

/// Functions without a capacity provider ("standard" Lambda): which environment gets a call, when one is
/// started or ended, which call is refused. A pure core: it is told the time and answers with decisions.
namespace lmi::emulator::standard {

/// Time as the driver tells it: microseconds since its beginning.
using Time = std::chrono::microseconds;

enum class EnvironmentId : std::uint64_t {};
enum class GenerationId : std::uint64_t {};  ///< Given by the driver; one state of one version's code.

/// Grades as in fleet/parameters.hpp: documented, measured, inferred, ours.
struct Parameters {
  /// An environment without a call is ended after this long.
  /// Range: > 0. Grade: ours; AWS publishes no figure, reports say 5 to 15 minutes and more.
  Time idle_time{std::chrono::minutes{10}};

  /// Environments that one function may start at once; this many more every `start_window`, bit by bit.
  /// Range: ≥ 1. Grade: documented (AWS, "Understanding concurrency scaling rate": 1,000 every 10 seconds).
  unsigned starts_per_window = 1000;
  Time start_window{std::chrono::seconds{10}};

  /// Calls a second for each unit of concurrency, of the account or of the function's reserved part.
  /// Range: ≥ 1. Grade: documented (AWS quotas: ten times the concurrency).
  unsigned calls_per_second_per_concurrency = 10;
};

}  // namespace lmi::emulator::standard
