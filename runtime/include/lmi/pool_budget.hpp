#pragma once

// Whether the pools of a function fit what there is: descriptors of the environment, connections of the
// servers. Threads: any; values only. Errors: the report is the result.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lmi {

/// One pool, as the check sees it.
struct PoolDemand {
  std::string name{};
  std::size_t max_size = 0;            ///< PoolOptions::max_size
  std::size_t leases_per_request = 1;  ///< How many an invocation holds at the same time.
  std::size_t descriptors_per_connection = 1;
  std::optional<std::size_t>
      server_limit{};  ///< Connections the server takes, e.g. max_connections less its reserve.
};

/// What the pools share.
struct PoolBudgetLimits {
  /// Descriptors an execution environment may have open: Lambda's documented quota.
  static constexpr std::size_t lambda_descriptors = 4096;

  std::size_t slots = 1;  ///< Invocations at once in one environment.
  std::size_t environments =
      1;  ///< The most there may be: MaxExecutionEnvironments of the scaling configuration.
  std::size_t descriptors = lambda_descriptors;
  std::size_t reserved = 64;  ///< Descriptors for everything else: libraries, files, the log.
  /// RunOptions::processes with Isolation::processes: each has pools, and descriptors, of its own, and its
  /// share of the slots.
  std::size_t processes = 1;

  /// `slots` from AWS_LAMBDA_MAX_CONCURRENCY (1 when it is not there or no number), `descriptors` from
  /// RLIMIT_NOFILE where that is lower than Lambda's quota.
  [[nodiscard]] static PoolBudgetLimits of_this_process(std::size_t environments);
};

/// What the check found. A warning is one sentence that says what to change.
struct PoolBudget {
  struct Row {
    PoolDemand pool{};
    std::size_t wanted = 0;       ///< slots of a process × leases per request: if nobody is to wait.
    std::size_t descriptors = 0;  ///< Of this pool, when it is full.
    std::size_t at_server = 0;    ///< environments × processes × max_size.
  };
  PoolBudgetLimits limits{};
  std::vector<Row> rows{};
  std::size_t descriptors = 0;  ///< Of all: pools, the slots' connections to the Runtime API, reserved.
  std::vector<std::string> warnings{};

  [[nodiscard]] bool fits() const noexcept { return warnings.empty(); }

  /// For the log at start: a line for each pool, the sums, the warnings.
  [[nodiscard]] std::string table() const;
};

/// Pure. Warns when
///  - all pools, when they are full, the slots and `reserved` need more descriptors than there are;
///  - environments × processes × max_size is more than the server takes;
///  - max_size is so low that invocations which hold several leases can wait for each other for ever;
///  - max_size is below slots × leases: some invocations will wait (fine when that is meant: set
///  `leases_per_request`
///    to 0 for a pool that is meant to be waited for).
[[nodiscard]] PoolBudget check_pool_budget(const PoolBudgetLimits& limits, std::span<const PoolDemand> pools);

}  // namespace lmi
