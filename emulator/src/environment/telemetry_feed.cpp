#include "environment/telemetry_feed.hpp"

#include "environment/platform_log.hpp"

#include <utility>
#include <variant>

namespace lmi::emulator::environment {

TelemetryFeed::TelemetryFeed(Loop& loop, std::unique_ptr<http::Outlet> outlet,
                             TelemetrySubscription subscription, TelemetryLimits limits)
    : loop_{loop}, subscription_{std::move(subscription)}, limits_{limits}, outlet_{std::move(outlet)} {}

void TelemetryFeed::add(std::string event) {
  if (waiting_bytes_ + event.size() > limits_.waiting_bytes) {
    dropped_reason_ = "The subscriber does not take events as fast as they come";
    return count_dropped(1, event.size());
  }
  waiting_bytes_ += event.size();
  waiting_.push_back(std::move(event));
  send_when_due();
}

void TelemetryFeed::flush(std::function<void()> emptied) {
  emptied_ = std::move(emptied);
  due_ = true;
  send_when_due();
}

bool TelemetryFeed::batch_is_full() const noexcept {
  return waiting_.size() >= subscription_.max_items || waiting_bytes_ >= subscription_.max_bytes;
}

void TelemetryFeed::send_when_due() {
  if (!batch_.empty()) return;  // one at a time; on_sent() looks again
  if (waiting_.empty() && dropped_records_ == 0) {
    timer_.cancel();
    if (const auto emptied = std::exchange(emptied_, nullptr)) emptied();
    return;
  }
  if (due_ || emptied_ || batch_is_full()) return begin_batch();
  if (timer_.scheduled()) return;
  timer_ = loop_.after(subscription_.timeout, [this] {
    due_ = true;
    send_when_due();
  });
}

void TelemetryFeed::begin_batch() {
  timer_.cancel();
  due_ = false;
  attempts_ = 0;
  if (dropped_records_ > 0) {
    batch_.push_back(
        R"({"time":")" + utc_text() + R"(","type":"platform.logsDropped","record":{"droppedBytes":)" +
        std::to_string(std::exchange(dropped_bytes_, 0)) + R"(,"droppedRecords":)" +
        std::to_string(std::exchange(dropped_records_, 0)) + R"(,"reason":")" + dropped_reason_ + "\"}}");
  }
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch_.size() < subscription_.max_items) {
    const auto size = waiting_.front().size();
    if (bytes > 0 && bytes + size > subscription_.max_bytes) break;
    bytes += size;
    waiting_bytes_ -= size;
    batch_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  send_batch();
}

std::string TelemetryFeed::rendered() const {
  const bool http = std::holds_alternative<TelemetryHttp>(subscription_.destination);
  std::string text = http ? "[" : "";
  for (const auto& event : batch_) {
    if (http && text.size() > 1) text += ',';
    text += event;
    if (!http) text += '\n';
  }
  return http ? text + ']' : text;
}

void TelemetryFeed::send_batch() {
  ++attempts_;
  outlet_->send(rendered(), [this](bool taken) { on_sent(taken); });
}

void TelemetryFeed::on_sent(bool taken) {
  if (!taken && attempts_ < limits_.attempts) {
    retry_ = loop_.after(limits_.first_pause * (1 << (attempts_ - 1)), [this] { send_batch(); });
    return;
  }
  if (!taken) {
    std::size_t bytes = 0;
    for (const auto& event : batch_) bytes += event.size();
    dropped_reason_ = "The subscriber could not be reached, or refused them";
    count_dropped(batch_.size(), bytes);
  }
  batch_.clear();
  if (!taken && waiting_.empty()) {
    // To be said with the next event: a batch of nothing but this would fail for ever.
    if (const auto emptied = std::exchange(emptied_, nullptr)) emptied();
    return;
  }
  send_when_due();
}

void TelemetryFeed::count_dropped(std::size_t records, std::size_t bytes) {
  dropped_records_ += records;
  dropped_bytes_ += bytes;
}

}  // namespace lmi::emulator::environment
