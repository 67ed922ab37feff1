#include "http_client/connection_budget.hpp"

#include "http_client/connection.hpp"

#include <algorithm>
#include <vector>

namespace lmi::http_client {
namespace {

/// A connection nobody has used yet may be closed only after a while; nothing announces that moment.
constexpr std::chrono::milliseconds look_again{50};

}  // namespace

std::unique_ptr<Connection> ConnectionBudget::admit(SteadyTime until, const std::stop_token& stop) {
  auto connection = std::make_unique<Connection>(*this);
  const auto room = [&] { return counted_ < most_ || make_room(); };
  std::unique_lock lock{mutex_};
  ++waiting_;
  while (!room()) {
    const auto now = std::chrono::steady_clock::now();
    if (stop.stop_requested() || now >= until) break;
    changed_.wait_until(lock, stop, std::min(until, now + look_again), [] { return false; });
  }
  --waiting_;
  if (counted_ >= most_) {
    lock.unlock();  // the connection says good-bye to this budget
    return nullptr;
  }
  connections_.insert(connection.get());
  ++counted_;
  return connection;
}

bool ConnectionBudget::make_room() {
  // Few enough to look at them all, and only when the limit is reached.
  std::vector<std::pair<SteadyTime, Connection*>> oldest_first;
  for (auto* connection : connections_) oldest_first.emplace_back(connection->idle_since(), connection);
  std::sort(oldest_first.begin(), oldest_first.end());
  for (const auto& [since, connection] : oldest_first) {
    if (!connection->evict()) continue;
    --counted_;
    return true;
  }
  return false;
}

void ConnectionBudget::forget(Connection& connection) noexcept {
  const std::lock_guard lock{mutex_};
  if (connections_.erase(&connection) == 0) return;  // never admitted
  if (!connection.evicted()) --counted_;
  changed_.notify_one();
}

void ConnectionBudget::notice_idle() noexcept {
  if (waiting_.load() == 0) return;
  const std::lock_guard lock{mutex_};
  changed_.notify_one();
}

std::size_t ConnectionBudget::open() const {
  const std::lock_guard lock{mutex_};
  return counted_;
}

}  // namespace lmi::http_client
