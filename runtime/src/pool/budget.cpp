#include "core/settings.hpp"
#include "lmi/pool_budget.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace lmi {
namespace {

/// How many of each pool there are in one environment.
std::size_t pools_each(const PoolBudgetLimits& limits) {
  return std::max<std::size_t>(limits.processes, 1);
}

/// Of the process that has most.
std::size_t slots_each(const PoolBudgetLimits& limits) {
  return (limits.slots + pools_each(limits) - 1) / pools_each(limits);
}

void warn_about(const PoolBudget::Row& row, const PoolBudgetLimits& limits,
                std::vector<std::string>& warnings) {
  const auto& pool = row.pool;
  const auto slots = slots_each(limits);
  if (pool.server_limit && row.at_server > *pool.server_limit) {
    const auto pools = std::max<std::size_t>(limits.environments, 1) * pools_each(limits);
    const auto processes =
        pools_each(limits) > 1 ? fmt::format("{} processes x ", pools_each(limits)) : std::string{};
    warnings.push_back(fmt::format(
        "pool {}: {} environments x {}{} connections = {}, but the server takes {}: lower max_size "
        "to {} or less",
        pool.name, limits.environments, processes, pool.max_size, row.at_server, *pool.server_limit,
        *pool.server_limit / pools));
  }
  // Each slot holds all but its last lease and waits: one more connection lets somebody finish.
  const auto stuck = pool.leases_per_request > 1 ? slots * (pool.leases_per_request - 1) : 0;
  if (stuck > 0 && pool.max_size <= stuck)
    warnings.push_back(fmt::format(
        "pool {}: {} slots that hold {} leases each can wait for each other for ever with {} connections: "
        "raise max_size to {} or more",
        pool.name, slots, pool.leases_per_request, pool.max_size, stuck + 1));
  if (pool.max_size < row.wanted)
    warnings.push_back(
        fmt::format("pool {}: {} slots x {} leases = {}, but max_size is {}: invocations will wait",
                    pool.name, slots, pool.leases_per_request, row.wanted, pool.max_size));
}

}  // namespace

PoolBudgetLimits PoolBudgetLimits::of_this_process(std::size_t environments) {
  PoolBudgetLimits limits{.environments = environments};
  if (const auto text = core::from_environment("AWS_LAMBDA_MAX_CONCURRENCY")) {
    std::size_t slots = 0;
    const auto* const end = text->data() + text->size();
    if (std::from_chars(text->data(), end, slots).ptr == end && slots > 0) limits.slots = slots;
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
    limits.descriptors = std::min<std::size_t>(limits.descriptors, files.rlim_cur);
  return limits;
}

PoolBudget check_pool_budget(const PoolBudgetLimits& limits, std::span<const PoolDemand> pools) {
  PoolBudget budget{.limits = limits};
  budget.descriptors = slots_each(limits) + limits.reserved;
  for (const auto& pool : pools) {
    const auto& row = budget.rows.emplace_back(
        PoolBudget::Row{.pool = pool,
                        .wanted = slots_each(limits) * pool.leases_per_request,
                        .descriptors = pool.max_size * pool.descriptors_per_connection,
                        .at_server = limits.environments * pools_each(limits) * pool.max_size});
    budget.descriptors += row.descriptors;
    warn_about(row, limits, budget.warnings);
  }
  if (budget.descriptors > limits.descriptors)
    budget.warnings.push_back(fmt::format(
        "{} descriptors are needed when every pool is full, but there are {}: lower max_size or slots",
        budget.descriptors, limits.descriptors));
  return budget;
}

std::string PoolBudget::table() const {
  std::string text = fmt::format("{:<20} {:>8} {:>8} {:>12} {:>12} {:>12}\n", "pool", "max", "wanted",
                                 "descriptors", "at server", "server takes");
  const auto out = std::back_inserter(text);
  for (const auto& row : rows)
    fmt::format_to(out, "{:<20} {:>8} {:>8} {:>12} {:>12} {:>12}\n", row.pool.name, row.pool.max_size,
                   row.wanted, row.descriptors, row.at_server,
                   row.pool.server_limit ? fmt::format("{}", *row.pool.server_limit) : "-");
  const auto processes = limits.processes > 1 ? fmt::format(", {} processes each", limits.processes) : "";
  fmt::format_to(out, "{:<20} {:>8} {:>8} {:>12}   of {} ({} slots, {} environments at most{})\n",
                 "all, and the runtime", "", "", descriptors, limits.descriptors, limits.slots,
                 limits.environments, processes);
  for (const auto& warning : warnings) fmt::format_to(out, "warning: {}\n", warning);
  return text;
}

}  // namespace lmi
