#include "fleet/router.hpp"

#include <algorithm>

namespace lmi::emulator::fleet {

void Router::open(EnvironmentId environment) {
  const auto [entry, inserted] = entries_.try_emplace(environment);
  if (inserted) open_.insert(rank(environment, entry->second));
}

void Router::close(EnvironmentId environment) {
  const auto found = entries_.find(environment);
  if (found == entries_.end() || !found->second.open) return;
  open_.erase(rank(environment, found->second));
  found->second.open = false;
}

void Router::forget(EnvironmentId environment) {
  close(environment);
  entries_.erase(environment);
}

std::optional<EnvironmentId> Router::take(std::span<const EnvironmentId> except) {
  const auto best = std::find_if(open_.begin(), open_.end(), [&](const Rank& candidate) {
    return std::find(except.begin(), except.end(), std::get<EnvironmentId>(candidate)) == except.end();
  });
  if (best == open_.end()) return std::nullopt;
  const EnvironmentId environment = std::get<EnvironmentId>(*best);
  Entry& entry = entries_.at(environment);
  if (entry.in_use >= slots_) return std::nullopt;  // the least loaded is full: so are the rest

  open_.erase(best);
  ++entry.in_use;
  entry.last_taken = ++tickets_;
  open_.insert(rank(environment, entry));
  return environment;
}

void Router::release(EnvironmentId environment) {
  const auto found = entries_.find(environment);
  if (found == entries_.end() || found->second.in_use == 0) return;
  Entry& entry = found->second;
  if (entry.open) open_.erase(rank(environment, entry));
  --entry.in_use;
  if (entry.open) open_.insert(rank(environment, entry));
}

unsigned Router::in_use(EnvironmentId environment) const {
  const auto found = entries_.find(environment);
  return found == entries_.end() ? 0 : found->second.in_use;
}

}  // namespace lmi::emulator::fleet
