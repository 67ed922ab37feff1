#pragma once

#include "simulate/time.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace lmi::sizing::simulate {

/// The vCPUs of one environment, shared evenly: with V of them and n calls that compute, each gets min(1,
/// V/n).
///
/// Kept in virtual time: how much CPU a call that was there from the beginning would have got. It grows at
/// the same rate for all, so each call is done at a virtual time known when it comes, and whoever comes or
/// goes changes the rate only: O(log n) an event.
class ProcessorSharing {
 public:
  using Job = std::uint32_t;

  explicit ProcessorSharing(double vcpus) : vcpus_{vcpus} {}

  /// `job` needs `cpu` of one vCPU. `now` never goes back.
  void add(Job job, Time cpu, Time now) {
    advance(now);
    jobs_.push({virtual_ + static_cast<double>(cpu.count()), order_++, job});
  }

  /// When the next job is done, if none comes before; absent: there is none.
  std::optional<Time> next_completion() const {
    if (jobs_.empty()) return std::nullopt;
    const double left = std::max(0.0, jobs_.top().done_at - virtual_);
    return updated_ + Time{static_cast<Time::rep>(std::ceil(left / rate()))};
  }

  /// Takes the job whose completion it is. Precondition: next_completion() == now.
  Job pop(Time now) {
    advance(now);
    const Entry done = jobs_.top();
    jobs_.pop();
    virtual_ = jobs_.empty() ? 0 : std::max(virtual_, done.done_at);
    return done.job;
  }

  std::size_t size() const noexcept { return jobs_.size(); }

  /// CPU time used since the beginning, of all vCPUs, in nanoseconds.
  double used(Time now) {
    advance(now);
    return used_;
  }

 private:
  struct Entry {
    double done_at;  // virtual nanoseconds
    std::uint64_t order;
    Job job;
    bool operator<(const Entry& other) const noexcept {  // the greatest is popped first
      return done_at != other.done_at ? done_at > other.done_at : order > other.order;
    }
  };

  double rate() const noexcept { return std::min(1.0, vcpus_ / static_cast<double>(jobs_.size())); }
  void advance(Time now) {
    const auto passed = static_cast<double>((now - updated_).count());
    updated_ = now;
    if (jobs_.empty()) return;
    virtual_ += passed * rate();
    used_ += passed * std::min(vcpus_, static_cast<double>(jobs_.size()));
  }

  double vcpus_;
  double virtual_ = 0;
  double used_ = 0;
  Time updated_{};
  std::uint64_t order_ = 0;
  std::priority_queue<Entry> jobs_;
};

}  // namespace lmi::sizing::simulate
