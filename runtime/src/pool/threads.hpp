#pragma once

#include "pool/core.hpp"

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace lmi::detail {

/// The threads that drive a PoolCore: a keeper, which never runs a hook and so is always on time, and
/// workers, one more than may connect at once, so that closing and checking go on while every connect hangs.
///
/// Threads: as PoolJobs; stop() once, on any thread but its own.
class PoolThreads final : public PoolJobs {
 public:
  explicit PoolThreads(PoolCore& core) : core_{core}, most_workers_{core.options().max_connecting + 1} {}
  ~PoolThreads() override { stop(); }

  bool start() noexcept override;
  void add(PoolJob job) noexcept override;
  void wake_keeper() noexcept override;

  /// Performs the jobs that are there, and ends. After PoolCore::detach(). Harmless when called again.
  void stop() noexcept;

 private:
  void keep();
  void work();
  [[nodiscard]] bool next_job(PoolJob& job) noexcept;

  PoolCore& core_;
  const std::size_t most_workers_;

  std::mutex mutex_;  ///< Guards all below.
  std::condition_variable keeper_changed_;
  std::condition_variable job_added_;
  std::array<std::deque<PoolJob>, 4> jobs_;  ///< By PoolJob::Kind, the most urgent first.
  std::size_t idle_workers_ = 0;
  std::size_t unclaimed_ = 0;  ///< Jobs that wait.
  bool poked_ = false;
  bool stopping_ = false;
  std::thread keeper_;
  std::vector<std::thread> workers_;
};

}  // namespace lmi::detail
