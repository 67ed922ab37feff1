#pragma once

#include "simulate/random.hpp"

#include <vector>

namespace lmi::sizing::simulate {

/// An environment that always holds n calls, each replaced at once when it ends: a closed network of two
/// stations, one where calls wait beside each other and one where they share the vCPUs. Its product form
/// (Baskett, Chandy, Muntz, Palacios 1975) depends on the means of the service times only, so all below is
/// exact for any distributions.
///
/// It is what an environment looks like to a router that always picks the least loaded one when there are
/// many of them: whoever loses a call is given the next, so that the number of calls hardly moves.
class ClosedNetwork {
 public:
  /// Milliseconds of CPU and of waiting, means; `slots` is the largest n.
  ClosedNetwork(double cpu_ms, double wait_ms, double vcpus, unsigned slots);

  /// Calls ended a second by an environment that holds `calls`; linear between whole numbers (some
  /// environments hold one more than others).
  double throughput(double calls) const;
  /// Of one call, mean.
  double cpu_seconds() const noexcept { return cpu_ms_ / 1000; }
  unsigned slots() const noexcept { return static_cast<unsigned>(throughput_.size() - 1); }

  /// By how much longer than its CPU time a call computes, beside n - 1 others: drawn from what an arriving
  /// call sees (arrival theorem: the state with one call fewer). At least 1; its mean is exact.
  double sample_stretch(unsigned calls, Random& random);

 private:
  /// Logarithms of the weights of the states of n calls by how many compute: 0 … n.
  std::vector<double> log_weights(unsigned calls) const;
  double stretch(unsigned computing) const;

  double cpu_ms_;
  double vcpus_;
  std::vector<double> log_computing_;      // by how many compute
  std::vector<double> log_waiting_;        // by how many wait
  std::vector<double> throughput_;         // calls a second by n
  std::vector<std::vector<double>> seen_;  // by n: cumulative, how many others compute; filled when asked for
};

}  // namespace lmi::sizing::simulate
