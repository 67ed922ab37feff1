#include "events/sqs_poller.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;

// SQS's limits (AWS documentation).
constexpr unsigned most_received = 10;
constexpr std::size_t most_deleted = 10;
constexpr std::chrono::seconds longest_poll{20};
/// While a batch is being gathered: short, so that its window ends on time.
constexpr std::chrono::seconds gathering_poll{1};

AttemptWindow::Limits window_limits(const SqsMapping& mapping, const Parameters& parameters) {
  // Five at first: AWS documentation, "Lambda starts ... with five concurrent batches".
  return {.start = 5,
          .most = mapping.max_concurrency,
          .delay = parameters.throttle_delay,
          .max_delay = parameters.max_throttle_delay};
}

}  // namespace

SqsPoller::SqsPoller(Parts parts, SqsMapping mapping)
    : parts_{std::move(parts)},
      mapping_{std::move(mapping)},
      queue_{parse_queue_arn(mapping_.queue_arn)},
      window_{window_limits(mapping_, parts_.parameters)} {}

void SqsPoller::stop(std::function<void()> idle) {
  stopped_ = true;
  receive_.reset();
  pause_.cancel();
  batching_.cancel();
  gathered_ = {};
  idle_ = std::move(idle);
  if (under_way_ == 0 && deletions_.empty()) std::exchange(idle_, nullptr)();
}

void SqsPoller::after_pause(std::chrono::milliseconds pause, Loop::Task task) {
  paused_ = true;
  pause_ = parts_.loop.after(pause, [this, task = std::move(task)] {
    paused_ = false;
    task();
  });
}

void SqsPoller::trouble(const std::string& what) {
  if (!std::exchange(in_trouble_, true)) {
    parts_.warn("mapping.queue_unreachable uuid=" + mapping_.uuid + " queue=" + mapping_.queue_arn +
                " reason=\"" + what + "\"");
  }
  after_pause(parts_.parameters.queue_error_delay, [this] { queue_url_.empty() ? find_queue() : poll(); });
}

void SqsPoller::find_queue() {
  receive_ = parts_.sqs.queue_url(queue_, [this](const std::string& failure, const json& answer) {
    const auto finished = std::move(receive_);
    if (!failure.empty()) return trouble(failure);
    queue_url_ = answer["QueueUrl"];
    poll();
  });
}

void SqsPoller::poll() {
  if (stopped_ || paused_ || receive_ || !window_.has_room(under_way_)) return;
  const auto missing = static_cast<unsigned>(mapping_.batch_size - gathered_.size());
  const auto wait = gathered_.empty() ? longest_poll : gathering_poll;
  receive_ = parts_.sqs.receive(
      queue_, queue_url_, std::min(most_received, missing), wait,
      [this](const std::string& failure, const json& answer) { received(failure, answer); });
}

void SqsPoller::received(const std::string& failure, const json& answer) {
  const auto finished = std::move(receive_);
  if (!failure.empty()) return trouble(failure);
  if (std::exchange(in_trouble_, false))
    parts_.warn("mapping.queue_reached uuid=" + mapping_.uuid + " queue=" + mapping_.queue_arn);
  if (const auto messages = answer.find("Messages"); messages != answer.end() && messages->is_array())
    for (const json& message : *messages) take(message);

  if (!gathered_.empty()) {
    if (mapping_.batching_window.count() == 0 || gathered_.size() >= mapping_.batch_size) {
      dispatch();
    } else if (!batching_.scheduled()) {
      batching_ = parts_.loop.after(mapping_.batching_window, [this] { dispatch(); });
    }
  }
  poll();
}

void SqsPoller::take(const json& message) {
  const auto record = sqs_record(message, mapping_.queue_arn, queue_);
  if (!record) {
    return parts_.warn("mapping.message_unreadable uuid=" + mapping_.uuid + " queue=" + mapping_.queue_arn);
  }
  // AWS documentation: what a filter keeps out is deleted from the queue.
  if (!mapping_.filter.passes(*record)) return remove({{(*record)["messageId"], (*record)["receiptHandle"]}});
  if (!gathered_.empty() && !gathered_.has_room_for(*record)) dispatch();
  gathered_.add(*record);
}

void SqsPoller::dispatch() {
  batching_.cancel();
  if (gathered_.empty()) return;
  // Shared with the invocation's callback, which std::function wants to be copyable.
  const auto batch = std::make_shared<const SqsBatch>(std::exchange(gathered_, {}));
  InvokeOrder order;
  order.function = mapping_.function;
  order.scope = mapping_.scope;
  order.request_id = parts_.new_request_id();
  order.payload = batch->event();
  ++under_way_;
  parts_.targets.attempt(order, [this, batch](const Outcome& outcome) { invoked(*batch, outcome); });
}

void SqsPoller::invoked(const SqsBatch& batch, const Outcome& outcome) {
  --under_way_;
  if (outcome.kind == Outcome::Kind::throttled || outcome.kind == Outcome::Kind::gone) {
    parts_.warn("mapping.batch_returned uuid=" + mapping_.uuid + " messages=" + std::to_string(batch.size()) +
                " reason=\"" + outcome.message + "\"");
    const auto pause = window_.throttled(under_way_);
    if (pause.count() > 0 && !stopped_) after_pause(pause, [this] { poll(); });
  } else {
    window_.succeeded();
    if (outcome.kind == Outcome::Kind::success)
      remove(batch.done_after(outcome.payload, mapping_.reports_failures));
  }
  if (stopped_ && under_way_ == 0 && deletions_.empty() && idle_) return std::exchange(idle_, nullptr)();
  poll();
}

void SqsPoller::remove(const std::vector<SqsClient::Handle>& handles) {
  for (std::size_t from = 0; from < handles.size(); from += most_deleted) {
    const auto first = handles.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last =
        handles.begin() + static_cast<std::ptrdiff_t>(std::min(from + most_deleted, handles.size()));
    const std::uint64_t turn = ++last_deletion_;
    deletions_[turn] = parts_.sqs.remove(
        queue_, queue_url_, {first, last}, [this, turn](const std::string& failure, const json&) {
          const auto finished = deletions_.extract(turn);
          if (!failure.empty()) {  // they come again: at least once
            parts_.warn("mapping.messages_not_deleted uuid=" + mapping_.uuid +
                        " queue=" + mapping_.queue_arn + " reason=\"" + failure + "\"");
          }
          if (stopped_ && under_way_ == 0 && deletions_.empty() && idle_) std::exchange(idle_, nullptr)();
        });
  }
}

}  // namespace lmi::emulator::events
