#include "invoke/invocation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lmi::invoke {

std::chrono::steady_clock::time_point to_deadline(std::optional<std::int64_t> deadline_ms,
                                                  std::chrono::system_clock::time_point wall_now,
                                                  std::chrono::steady_clock::time_point steady_now) noexcept {
  using std::chrono::milliseconds;
  using Steady = std::chrono::steady_clock;
  if (!deadline_ms) return Steady::time_point::max();
  const auto wall = std::chrono::duration_cast<milliseconds>(wall_now.time_since_epoch()).count();
  // Both are non-negative from here on, so their difference cannot overflow.
  const milliseconds left{std::max<std::int64_t>(*deadline_ms, 0) - std::max<std::int64_t>(wall, 0)};
  const auto most = std::chrono::duration_cast<milliseconds>(Steady::time_point::max() - steady_now);
  const auto least = -std::chrono::duration_cast<milliseconds>(steady_now.time_since_epoch());
  if (left >= most) return Steady::time_point::max();
  return steady_now + std::max(left, least);
}

}  // namespace lmi::invoke

namespace lmi::detail {

Invocation::Invocation(const invoke::Surroundings& surroundings)
    : surroundings_{surroundings}, log_{surroundings.log_writer} {
  surroundings_.deadlines.add(*this);
}

Invocation::~Invocation() {
  surroundings_.deadlines.remove(*this);
}

void Invocation::begin(const wire::Reply& event) {
  {
    const std::lock_guard lock{mutex_};
    event_ = &event;
    deadline_ = invoke::to_deadline(event.deadline_ms, std::chrono::system_clock::now(),
                                    std::chrono::steady_clock::now());
    active_ = true;
    overrun_ = false;
  }
  surroundings_.deadlines.arm(*this, deadline_);
}

void Invocation::finish() {
  invoke::DeadlineWatch::disarm(*this);
  std::filesystem::path scratch;
  bool overrun = false;
  {
    std::unique_lock lock{mutex_};
    told_.wait(lock, [this] { return !being_told_; });
    active_ = false;
    overrun = overrun_;
    stop_source_.reset();
    scratch.swap(scratch_);
  }
  if (overrun) surroundings_.overruns.ended(log_, std::chrono::steady_clock::now() - deadline_);
  if (scratch.empty()) return;
  if (const auto failure = invoke::remove_tree(scratch))
    log_.error("invoke.scratch_left path=\"{}\" reason=\"{}\"", scratch.native(), failure.message());
}

void Invocation::at_deadline() {
  std::optional<std::stop_source> source;
  {
    const std::lock_guard lock{mutex_};
    if (!active_ || overrun_ || std::chrono::steady_clock::now() < deadline_) return;  // it was another's
    overrun_ = true;
    being_told_ = true;
    source = stop_source_;
  }
  auto handle = context();
  surroundings_.overruns.began(handle, log_);
  if (source) source->request_stop();
  if (cancel_ && surroundings_.overruns.cancels_coroutines()) cancel_();
  {
    const std::lock_guard lock{mutex_};
    being_told_ = false;
  }
  told_.notify_all();
}

void Invocation::request_stop() {
  std::optional<std::stop_source> source;
  {
    const std::lock_guard lock{mutex_};
    stop_requested_ = true;
    source = stop_source_;
  }
  if (source) source->request_stop();
  if (cancel_ && surroundings_.overruns.cancels_coroutines()) cancel_();
}

std::stop_token Invocation::stop_token() {
  const std::lock_guard lock{mutex_};
  if (!stop_source_) {
    stop_source_.emplace();
    // Nobody can have a callback on it yet, so none runs under this lock.
    if (stop_requested_ || overrun_ || deadline_ <= std::chrono::steady_clock::now())
      stop_source_->request_stop();
  }
  return stop_source_->get_token();
}

const std::filesystem::path& Invocation::scratch() {
  const std::lock_guard lock{mutex_};
  if (scratch_.empty()) scratch_ = surroundings_.scratch.create(event_->request_id);
  return scratch_;
}

}  // namespace lmi::detail
