#pragma once

#include "simulate/random.hpp"
#include "simulate/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lmi::sizing::simulate {

/// How calls follow each other at a given rate.
enum class Spacing {
  poisson,  ///< Independently of each other: what many users together do.
  even,     ///< Evenly, as a load generator sends them: exactly as many as the rate says.
};

/// A rate of calls that changes with time, linear between its points.
class RateCurve {
 public:
  struct Segment {
    double from = 0;       ///< Seconds.
    double to = 0;         ///< Seconds; after `from`.
    double rate_from = 0;  ///< Calls a second at `from`.
    double rate_to = 0;
  };

  /// Appends; `segment.from` is not before the end of the one before. Between segments the rate is 0.
  void append(Segment segment);

  double rate(double at) const;
  /// Calls expected in [from, to).
  double calls(double from, double to) const;
  double highest_rate() const;
  double end() const { return segments_.empty() ? 0 : segments_.back().to; }
  const std::vector<Segment>& segments() const noexcept { return segments_; }

 private:
  std::vector<Segment> segments_;
};

struct RateSource {
  RateCurve curve;
  Spacing spacing = Spacing::poisson;
};

/// Calls at one moment.
struct Burst {
  Time at{};
  std::uint64_t calls = 0;
};

/// All that arrives: the sum of its sources.
struct Arrivals {
  std::vector<RateSource> rates;
  std::vector<Burst> bursts;  ///< By time.

  /// Calls expected in [from, to).
  double calls(Time from, Time to) const;
};

/// The moments at which calls arrive, one after the other. Keeps a reference to what it was made of.
class ArrivalStream {
 public:
  /// Ends at `end`.
  ArrivalStream(const Arrivals& arrivals, Time end, std::uint64_t seed);

  /// The next one, until it is taken; absent: none any more.
  std::optional<Time> peek() const noexcept { return next_; }
  void take();

 private:
  /// One source of a changing rate: arrivals of a process with rate 1, stretched by the curve.
  struct Cursor {
    const RateSource* source;
    Random random;
    std::size_t segment = 0;
    double into = 0;  ///< Calls of the segment that are past.
    std::optional<Time> next{};

    void advance(Time end);
  };
  void settle();

  const Arrivals& arrivals_;
  Time end_;
  std::vector<Cursor> cursors_;
  std::size_t burst_ = 0;
  std::uint64_t of_burst_ = 0;
  std::optional<Time> next_;
};

}  // namespace lmi::sizing::simulate
