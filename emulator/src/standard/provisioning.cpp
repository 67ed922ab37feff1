#include "standard/provisioning.hpp"

#include <algorithm>

namespace lmi::emulator::standard {

std::vector<EnvironmentId> Provisioning::want(GenerationId generation, unsigned environments) {
  if (environments == 0 && !shares_.contains(generation)) return {};
  Share& share = shares_[generation];
  share.wanted = environments;
  share.failed = false;
  std::vector<EnvironmentId> surplus;
  for (const bool ready : {false, true}) {
    for (auto at = share.kept.begin(); at != share.kept.end() && share.kept.size() > environments;) {
      if (at->second.ready != ready) {
        ++at;
        continue;
      }
      surplus.push_back(at->first);
      generation_of_.erase(at->first);
      at = share.kept.erase(at);
    }
  }
  return surplus;
}

void Provisioning::end(GenerationId generation) {
  const auto found = shares_.find(generation);
  if (found == shares_.end()) return;
  for (const auto& [environment, kept] : found->second.kept) generation_of_.erase(environment);
  shares_.erase(found);
}

unsigned Provisioning::missing(GenerationId generation) const {
  const auto found = shares_.find(generation);
  if (found == shares_.end() || found->second.failed) return 0;
  const auto there = static_cast<unsigned>(found->second.kept.size());
  return found->second.wanted - std::min(there, found->second.wanted);
}

void Provisioning::started(GenerationId generation, EnvironmentId environment) {
  shares_[generation].kept.emplace(environment, Kept{});
  generation_of_.emplace(environment, generation);
}

Provisioning::Kept* Provisioning::find(EnvironmentId environment) {
  const auto found = generation_of_.find(environment);
  return found == generation_of_.end() ? nullptr : &shares_.at(found->second).kept.at(environment);
}

void Provisioning::is_ready(EnvironmentId environment) {
  if (Kept* kept = find(environment)) kept->ready = true;
}

void Provisioning::has_call(EnvironmentId environment) {
  if (Kept* kept = find(environment)) kept->has_served = true;
}

std::optional<GenerationId> Provisioning::gone(EnvironmentId environment) {
  const auto found = generation_of_.extract(environment);
  if (!found) return std::nullopt;
  Share& share = shares_.at(found.mapped());
  if (!share.kept.at(environment).has_served) share.failed = true;
  share.kept.erase(environment);
  return found.mapped();
}

unsigned Provisioning::ready(GenerationId generation) const {
  const auto found = shares_.find(generation);
  if (found == shares_.end()) return 0;
  return static_cast<unsigned>(std::count_if(found->second.kept.begin(), found->second.kept.end(),
                                             [](const auto& entry) { return entry.second.ready; }));
}

bool Provisioning::failed(GenerationId generation) const {
  const auto found = shares_.find(generation);
  return found != shares_.end() && found->second.failed;
}

}  // namespace lmi::emulator::standard
