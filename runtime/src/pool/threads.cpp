#include "pool/threads.hpp"

#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

namespace lmi::detail {

bool PoolThreads::start() noexcept {
  const std::lock_guard lock{mutex_};
  try {
    if (workers_.empty()) workers_.emplace_back([this] { work(); });
    keeper_ = std::thread{[this] { keep(); }};
    return true;
  } catch (const std::system_error& failure) {
    spdlog::error("pool.no_threads pool={} reason=\"{}\"", core_.options().name, failure.what());
    return false;
  }
}

void PoolThreads::add(PoolJob job) noexcept {
  const std::lock_guard lock{mutex_};
  jobs_[static_cast<std::size_t>(job.kind)].push_back(job);
  ++unclaimed_;
  job_added_.notify_one();
  if (unclaimed_ <= idle_workers_ || workers_.size() >= most_workers_ || stopping_) return;
  try {
    workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& failure) {
    // The workers there are, one at least, will come to it.
    spdlog::warn("pool.fewer_threads pool={} workers={} reason=\"{}\"", core_.options().name, workers_.size(),
                 failure.what());
  }
}

void PoolThreads::wake_keeper() noexcept {
  const std::lock_guard lock{mutex_};
  poked_ = true;
  keeper_changed_.notify_one();
}

void PoolThreads::stop() noexcept {
  std::vector<std::thread> workers;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    workers.swap(workers_);
    keeper_changed_.notify_one();
    job_added_.notify_all();
  }
  if (keeper_.joinable()) keeper_.join();
  for (auto& worker : workers) worker.join();
}

void PoolThreads::keep() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    const auto next = core_.housekeep(core_.clock().now());
    lock.lock();
    if (!poked_ && !stopping_) core_.clock().wait_until(lock, keeper_changed_, next);
    poked_ = false;
  }
}

void PoolThreads::work() {
  std::unique_lock lock{mutex_};
  while (true) {
    PoolJob job;
    while (!next_job(job)) {
      if (stopping_) return;
      ++idle_workers_;
      job_added_.wait(lock);
      --idle_workers_;
    }
    lock.unlock();
    core_.perform(job);
    lock.lock();
  }
}

bool PoolThreads::next_job(PoolJob& job) noexcept {
  for (auto& waiting : jobs_) {
    if (waiting.empty()) continue;
    job = waiting.front();
    waiting.pop_front();
    --unclaimed_;
    return true;
  }
  return false;
}

}  // namespace lmi::detail
