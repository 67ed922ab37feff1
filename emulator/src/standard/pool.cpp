#include "standard/pool.hpp"

#include <algorithm>

namespace lmi::emulator::standard {

Pool::Pool(Parameters parameters) : parameters_{parameters} {}

void Pool::add(GenerationId generation, std::string function) {
  generations_.emplace(generation, Generation{std::move(function), {}, {}});
}

std::vector<EnvironmentId> Pool::end(GenerationId generation) {
  const auto found = generations_.find(generation);
  if (found == generations_.end()) return {};
  found->second.ended = true;
  std::vector<EnvironmentId> idle = found->second.idle;
  idle.insert(idle.end(), found->second.kept.begin(), found->second.kept.end());
  for (const EnvironmentId id : idle) discard(id);
  forget_if_over(generation);
  return idle;
}

Pool::Route Pool::route(GenerationId generation, Limits limits, Time now) {
  Generation& called = generations_.at(generation);
  if (!called.kept.empty() && !limits.reserved) return give_to(called.kept.back(), false);
  if (const auto refused = admission_.admit(called.function, limits, now)) return *refused;
  if (!called.kept.empty()) return give_to(called.kept.back(), true);
  if (!called.idle.empty()) return give_to(called.idle.back(), true);
  if (!admission_.admit_start(called.function, now)) {
    admission_.leave(called.function);
    return Refusal::start_rate;
  }
  const EnvironmentId id = make(generation);
  environments_.at(id).has_call = true;
  environments_.at(id).counts = true;
  return Start{id};
}

Pool::Reuse Pool::give_to(EnvironmentId id, bool counts) {
  Environment& reused = environments_.at(id);
  not_idle(id, reused);
  reused.has_call = true;
  reused.counts = counts;
  return Reuse{id};
}

EnvironmentId Pool::start_kept(GenerationId generation) {
  const EnvironmentId id = make(generation);
  environments_.at(id).kept = true;
  return id;
}

bool Pool::release(EnvironmentId kept) {
  const auto found = environments_.find(kept);
  if (found == environments_.end()) return false;
  const bool is_idle = found->second.idle_since.has_value();
  discard(kept);
  return is_idle;
}

EnvironmentId Pool::make(GenerationId generation) {
  const EnvironmentId id{++last_};
  environments_[id].generation = generation;
  ++generations_.at(generation).environments;
  return id;
}

void Pool::answered(EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found == environments_.end() || !std::exchange(found->second.has_call, false)) return;
  if (std::exchange(found->second.counts, false)) {
    admission_.leave(generations_.at(found->second.generation).function);
  }
}

bool Pool::idle(EnvironmentId id, Time now) {
  const auto found = environments_.find(id);
  if (found == environments_.end()) return false;
  Environment& environment = found->second;
  // It may be told late, when a call was given to it meanwhile.
  if (environment.has_call || environment.idle_since) return true;
  Generation& generation = generations_.at(environment.generation);
  if (generation.ended || environment.discarded) {
    environment.discarded = true;
    return false;
  }
  environment.idle_since = now;
  idle_like(environment).push_back(id);
  if (!environment.kept) by_idle_since_.emplace(now, id);
  return true;
}

EnvironmentId Pool::start_again(EnvironmentId failed) {
  Environment& before = environments_.at(failed);
  before.discarded = true;
  const EnvironmentId id = make(before.generation);
  environments_.at(id).has_call = std::exchange(before.has_call, false);
  environments_.at(id).counts = std::exchange(before.counts, false);
  return id;
}

std::vector<EnvironmentId>& Pool::idle_like(const Environment& environment) {
  Generation& generation = generations_.at(environment.generation);
  return environment.kept ? generation.kept : generation.idle;
}

void Pool::not_idle(EnvironmentId id, Environment& environment) {
  if (!environment.idle_since) return;
  std::erase(idle_like(environment), id);
  by_idle_since_.erase({*environment.idle_since, id});
  environment.idle_since.reset();
}

void Pool::discard(EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found == environments_.end()) return;
  not_idle(id, found->second);
  found->second.discarded = true;
}

void Pool::gone(EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found == environments_.end()) return;
  answered(id);
  not_idle(id, found->second);
  const GenerationId generation = found->second.generation;
  environments_.erase(found);
  --generations_.at(generation).environments;
  forget_if_over(generation);
}

void Pool::forget_if_over(GenerationId id) {
  const auto found = generations_.find(id);
  if (!found->second.ended || found->second.environments > 0) return;
  const std::string function = std::move(found->second.function);
  generations_.erase(found);
  const bool goes_on = std::any_of(generations_.begin(), generations_.end(),
                                   [&](const auto& entry) { return entry.second.function == function; });
  if (!goes_on) admission_.forget(function);
}

std::vector<EnvironmentId> Pool::expired(Time now) {
  std::vector<EnvironmentId> over;
  while (!by_idle_since_.empty() && by_idle_since_.begin()->first + parameters_.idle_time <= now) {
    over.push_back(by_idle_since_.begin()->second);
    discard(over.back());
  }
  return over;
}

std::optional<Time> Pool::next_expiry() const {
  if (by_idle_since_.empty()) return std::nullopt;
  return by_idle_since_.begin()->first + parameters_.idle_time;
}

}  // namespace lmi::emulator::standard
