#include "simulate/closed_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lmi::sizing::simulate {
namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

double log_sum(const std::vector<double>& logs) {
  const double highest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - highest);
  return highest + std::log(sum);
}

}  // namespace

ClosedNetwork::ClosedNetwork(double cpu_ms, double wait_ms, double vcpus, unsigned slots)
    : cpu_ms_{cpu_ms}, vcpus_{vcpus}, seen_(slots + std::size_t{1}) {
  log_computing_.push_back(0);
  log_waiting_.push_back(0);
  for (unsigned n = 1; n <= slots; ++n) {
    log_computing_.push_back(
        cpu_ms > 0 ? log_computing_.back() + std::log(cpu_ms / std::min<double>(n, vcpus)) : impossible);
    log_waiting_.push_back(wait_ms > 0 ? log_waiting_.back() + std::log(wait_ms / n) : impossible);
  }
  throughput_.push_back(0);
  double before = 0;  // of no calls: one state, weight 1
  for (unsigned n = 1; n <= slots; ++n) {
    const double all = log_sum(log_weights(n));
    throughput_.push_back(1000 * std::exp(before - all));
    before = all;
  }
}

std::vector<double> ClosedNetwork::log_weights(unsigned calls) const {
  std::vector<double> weights(calls + std::size_t{1});
  for (unsigned computing = 0; computing <= calls; ++computing) {
    weights[computing] = log_computing_[computing] + log_waiting_[calls - computing];
  }
  return weights;
}

double ClosedNetwork::throughput(double calls) const {
  const double bounded = std::clamp(calls, 0.0, static_cast<double>(slots()));
  const auto low = std::min(static_cast<std::size_t>(bounded), throughput_.size() - 2);
  const double part = bounded - static_cast<double>(low);
  return throughput_[low] + part * (throughput_[low + 1] - throughput_[low]);
}

double ClosedNetwork::stretch(unsigned computing) const {
  return std::max(1.0, computing / vcpus_);
}

double ClosedNetwork::sample_stretch(unsigned calls, Random& random) {
  const unsigned others = std::min(calls, slots()) - 1;
  auto& cumulative = seen_[others];
  if (cumulative.empty()) {
    cumulative = log_weights(others);
    const double all = log_sum(cumulative);
    double sum = 0;
    for (double& value : cumulative) value = sum += std::exp(value - all);
  }
  const auto found = std::lower_bound(cumulative.begin(), cumulative.end(), random.uniform());
  const auto computing =
      std::min(static_cast<std::size_t>(found - cumulative.begin()), cumulative.size() - 1);
  return stretch(static_cast<unsigned>(computing) + 1);
}

}  // namespace lmi::sizing::simulate
