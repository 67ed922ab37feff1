#include "environment/call_ending.hpp"

#include "environment/error_types.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::environment {
namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

}  // namespace

void CallEnding::began() {
  parts_.tail.restart();
  peak_memory_ = std::max(peak_memory_, parts_.children.runtime_peak_memory());
}

void CallEnding::end(EndedCall call, bool polled) {
  call_ = std::move(call);
  reading_ = false;
  if (polled || parts_.spec.repoll_grace.count() <= 0) return read_output();
  grace_ = parts_.loop.after(parts_.spec.repoll_grace, [this] { read_output(); });
}

void CallEnding::polled() {
  if (call_ && !reading_) read_output();
}

void CallEnding::now() {
  if (call_) finish();
}

void CallEnding::read_output() {
  grace_.cancel();
  reading_ = true;
  parts_.children.when_output_read([this, weak = std::weak_ptr<const bool>(alive_), id = call_->request_id] {
    if (!weak.expired() && call_ && reading_ && call_->request_id == id) finish();
  });
}

PlatformLog::Usage CallEnding::usage() {
  peak_memory_ = std::max(peak_memory_, parts_.children.runtime_peak_memory());
  PlatformLog::Usage usage;
  usage.init = std::exchange(init_, std::nullopt);
  // Since August 2025 Init is billed too (AWS documentation); rounded up together.
  const auto billed = call_->outcome.duration + usage.init.value_or(std::chrono::microseconds{0});
  usage.billed = std::chrono::ceil<std::chrono::milliseconds>(billed);
  usage.max_memory_mb = (peak_memory_ + mebibyte - 1) / mebibyte;
  return usage;
}

void CallEnding::finish() {
  grace_.cancel();
  const PlatformLog::Usage used = usage();
  EndedCall call = *std::exchange(call_, std::nullopt);
  if (call.outcome.error_type == error_type::timed_out) parts_.log.timed_out(call.request_id);
  parts_.log.runtime_done(call.request_id, call.status, call.outcome.error_type);
  parts_.log.report({.request_id = call.request_id,
                     .status = call.status,
                     .duration = call.outcome.duration,
                     .error_type = call.outcome.error_type,
                     .trace_id = call.trace_id,
                     .spans = call.spans,
                     .usage = used});
  if (call.wants_log_tail) call.outcome.log_tail = parts_.tail.text();
  const Outcome told = call.outcome;
  parts_.loop.post([done = std::move(call.done), outcome = std::move(call.outcome)]() mutable {
    done(std::move(outcome));
  });
  ended_(told);
}

}  // namespace lmi::emulator::environment
