#include "observe/log_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lmi::emulator::observe {
namespace {

/// Text counts, and so does the bookkeeping: many empty lines must not be free.
std::size_t cost(const LogEvent& event) {
  return sizeof(LogEvent) + event.line.size();
}

auto first_after(const std::deque<LogEvent>& events, std::uint64_t after) {
  return std::upper_bound(events.begin(), events.end(), after,
                          [](std::uint64_t seq, const LogEvent& event) { return seq < event.seq; });
}

}  // namespace

void LogStore::append(LogEvent event) {
  event.seq = ++last_seq_;
  Ring& ring = rings_[event.function_name];
  ring.bytes += cost(event);
  ring.events.push_back(std::move(event));
  trim(ring);
  if (!waiters_.empty()) wake_soon();
}

void LogStore::trim(Ring& ring) const {
  while (ring.events.size() > limits_.events || (ring.bytes > limits_.bytes && ring.events.size() > 1)) {
    ring.bytes -= cost(ring.events.front());
    ring.dropped_up_to = ring.events.front().seq;
    ring.events.pop_front();
  }
}

LogBatch LogStore::read(const std::string& function, std::uint64_t after) const {
  LogBatch batch{.events = {}, .next = after, .gap = false};
  const auto take = [&](const Ring& ring) {
    const auto first = first_after(ring.events, after);
    const auto wanted = std::min<std::ptrdiff_t>(std::distance(first, ring.events.end()),
                                                 static_cast<std::ptrdiff_t>(limits_.batch));
    std::copy_n(first, wanted, std::back_inserter(batch.events));
    batch.gap = batch.gap || after < ring.dropped_up_to;
  };
  if (!function.empty()) {
    if (const auto ring = rings_.find(function); ring != rings_.end()) take(ring->second);
  } else {
    for (const auto& [name, ring] : rings_) take(ring);
    std::sort(batch.events.begin(), batch.events.end(),
              [](const LogEvent& a, const LogEvent& b) { return a.seq < b.seq; });
    if (batch.events.size() > limits_.batch) batch.events.resize(limits_.batch);
  }
  if (!batch.events.empty()) batch.next = batch.events.back().seq;
  return batch;
}

LogStore::WaitId LogStore::wait(std::string function, std::uint64_t after, Clock::duration patience,
                                std::function<void(LogBatch)> done) {
  const WaitId id = ++last_wait_;
  const auto entry = waiters_.emplace(id, Waiter{std::move(function), after, std::move(done), {}}).first;
  entry->second.patience = loop_.after(patience, [this, id] { answer(id); });
  if (has_news(entry->second)) wake_soon();
  return id;
}

void LogStore::cancel(WaitId wait) {
  waiters_.erase(wait);
}

void LogStore::answer_all() {
  while (!waiters_.empty()) answer(waiters_.begin()->first);
}

bool LogStore::has_news(const Waiter& waiter) const {
  const auto newer = [&](const Ring& ring) {
    return !ring.events.empty() && ring.events.back().seq > waiter.after;
  };
  if (!waiter.function.empty()) {
    const auto ring = rings_.find(waiter.function);
    return ring != rings_.end() && newer(ring->second);
  }
  return std::any_of(rings_.begin(), rings_.end(), [&](const auto& entry) { return newer(entry.second); });
}

void LogStore::wake_soon() {
  if (wake_pending_) return;
  wake_pending_ = true;
  wake_ = loop_.after(Clock::duration::zero(), [this] {
    wake_pending_ = false;
    answer_those_with_news();
  });
}

void LogStore::answer_those_with_news() {
  std::vector<WaitId> ready;  // `done` may start the next wait
  for (const auto& [id, waiter] : waiters_) {
    if (has_news(waiter)) ready.push_back(id);
  }
  for (const WaitId id : ready) answer(id);
}

void LogStore::answer(WaitId wait) {
  const auto found = waiters_.find(wait);
  if (found == waiters_.end()) return;
  const Waiter waiter = std::move(found->second);
  waiters_.erase(found);
  waiter.done(read(waiter.function, waiter.after));
}

}  // namespace lmi::emulator::observe
