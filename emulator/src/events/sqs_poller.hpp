#pragma once

#include "events/attempt_window.hpp"
#include "events/deliveries.hpp"
#include "events/filter.hpp"
#include "events/sqs_batch.hpp"
#include "events/sqs_client.hpp"
#include "events/targets.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace lmi::emulator::events {

/// What one poller does.
struct SqsMapping {
  std::string uuid;
  std::string queue_arn;
  model::FunctionReference function;
  model::Scope scope;
  unsigned batch_size = 10;
  std::chrono::seconds batching_window{0};
  unsigned max_concurrency = 1000;
  bool reports_failures = false;
  Filter filter{};
};

/// Takes messages from a queue, gives them to a function in batches and deletes those it is done with. The
/// queue's own visibility time-out brings the others back: those of a failed batch, of a throttled one, and
/// what was under way when the emulator was killed.
///
/// Threads:  loop thread only.
/// Lifetime: references must outlive it, and the invocations it has begun.
class SqsPoller {
 public:
  struct Parts {
    Loop& loop;
    SqsClient& sqs;
    Targets& targets;
    const Parameters& parameters;
    std::function<std::string()> new_request_id;
    Warn warn;
  };
  SqsPoller(Parts parts, SqsMapping mapping);

  /// Begins polling.
  void start() { find_queue(); }

  /// Receives nothing more; `idle` is called once, when no batch is under way, perhaps from inside. Messages
  /// that were received but not given to the function return to the queue by themselves.
  void stop(std::function<void()> idle);

 private:
  void find_queue();
  void poll();
  void received(const std::string& failure, const nlohmann::json& answer);
  void take(const nlohmann::json& message);
  void trouble(const std::string& what);
  void dispatch();
  void invoked(const SqsBatch& batch, const Outcome& outcome);
  void remove(const std::vector<SqsClient::Handle>& handles);
  void after_pause(std::chrono::milliseconds pause, Loop::Task task);

  Parts parts_;
  SqsMapping mapping_;
  QueueArn queue_;
  std::string queue_url_;
  AttemptWindow window_;
  unsigned under_way_ = 0;
  SqsBatch gathered_;
  SqsClient::Call receive_;  ///< Of the receive, or of the question for the queue's URL.
  Loop::Timer pause_;
  bool paused_ = false;
  Loop::Timer batching_;
  bool in_trouble_ = false;  ///< So that a server that is away is reported once.
  std::map<std::uint64_t, SqsClient::Call> deletions_;
  std::uint64_t last_deletion_ = 0;
  bool stopped_ = false;
  std::function<void()> idle_;
};

}  // namespace lmi::emulator::events
