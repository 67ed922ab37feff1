#include "simulate/arrival.hpp"

#include <algorithm>
#include <cmath>

namespace lmi::sizing::simulate {
namespace {

using Segment = RateCurve::Segment;

double slope(const Segment& segment) {
  return (segment.rate_to - segment.rate_from) / (segment.to - segment.from);
}

/// Calls from the segment's beginning until `offset` seconds later.
double calls_until(const Segment& segment, double offset) {
  return offset * (segment.rate_from + slope(segment) * offset / 2);
}

double calls_of(const Segment& segment) {
  return calls_until(segment, segment.to - segment.from);
}

/// The inverse: after how many seconds `calls` have come. Precondition: calls <= calls_of(segment).
double offset_of(const Segment& segment, double calls) {
  const double a = slope(segment) / 2;
  const double b = segment.rate_from;
  // The form of the quadratic's root that does not lose digits when a is small.
  const double root = std::sqrt(std::max(0.0, b * b + 4 * a * calls));
  return calls == 0 ? 0 : 2 * calls / (b + root);
}

}  // namespace

void RateCurve::append(Segment segment) {
  if (segment.to > segment.from) segments_.push_back(segment);
}

double RateCurve::rate(double at) const {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), at,
                       [](double time, const Segment& segment) { return time < segment.from; });
  if (after == segments_.begin()) return 0;
  const Segment& segment = *(after - 1);
  return at < segment.to ? segment.rate_from + slope(segment) * (at - segment.from) : 0;
}

double RateCurve::calls(double from, double to) const {
  auto segment = std::upper_bound(segments_.begin(), segments_.end(), from,
                                  [](double time, const Segment& other) { return time < other.to; });
  double sum = 0;
  for (; segment != segments_.end() && segment->from < to; ++segment) {
    const double begin = std::max(from, segment->from) - segment->from;
    const double end = std::min(to, segment->to) - segment->from;
    sum += calls_until(*segment, end) - calls_until(*segment, begin);
  }
  return sum;
}

double RateCurve::highest_rate() const {
  double highest = 0;
  for (const auto& segment : segments_) highest = std::max({highest, segment.rate_from, segment.rate_to});
  return highest;
}

double Arrivals::calls(Time from, Time to) const {
  double sum = 0;
  for (const auto& source : rates) sum += source.curve.calls(seconds(from), seconds(to));
  for (const auto& burst : bursts) {
    if (burst.at >= from && burst.at < to) sum += static_cast<double>(burst.calls);
  }
  return sum;
}

ArrivalStream::ArrivalStream(const Arrivals& arrivals, Time end, std::uint64_t seed)
    : arrivals_{arrivals}, end_{end} {
  for (std::size_t i = 0; i < arrivals.rates.size(); ++i) {
    cursors_.push_back({.source = &arrivals.rates[i], .random = Random{seed + i, Purpose::arrivals}});
    // Even spacing begins half a gap after the beginning, so that each interval has its own calls.
    if (arrivals.rates[i].spacing == Spacing::even) cursors_.back().into = -0.5;
    cursors_.back().advance(end);
  }
  while (burst_ < arrivals_.bursts.size() && arrivals_.bursts[burst_].calls == 0) ++burst_;
  settle();
}

void ArrivalStream::Cursor::advance(Time end) {
  const auto& segments = source->curve.segments();
  into += source->spacing == Spacing::even ? 1 : random.exponential();
  next.reset();
  for (; segment < segments.size(); ++segment) {
    const double all = calls_of(segments[segment]);
    if (into <= all) {
      const Time at =
          from_seconds(segments[segment].from + offset_of(segments[segment], std::max(0.0, into)));
      if (at < end) next = at;
      return;
    }
    into -= all;
  }
}

void ArrivalStream::settle() {
  next_.reset();
  for (const auto& cursor : cursors_) {
    if (cursor.next && (!next_ || *cursor.next < *next_)) next_ = cursor.next;
  }
  if (burst_ < arrivals_.bursts.size()) {
    const Time at = arrivals_.bursts[burst_].at;
    if (at < end_ && (!next_ || at < *next_)) next_ = at;
  }
}

void ArrivalStream::take() {
  for (auto& cursor : cursors_) {
    if (cursor.next == next_) {
      cursor.advance(end_);
      settle();
      return;
    }
  }
  if (++of_burst_ == arrivals_.bursts[burst_].calls) {
    of_burst_ = 0;
    do ++burst_;
    while (burst_ < arrivals_.bursts.size() && arrivals_.bursts[burst_].calls == 0);
  }
  settle();
}

}  // namespace lmi::sizing::simulate
