#include "app/generations.hpp"

#include <utility>

namespace lmi::emulator::app {

using control_plane::VersionNotice;
using control_plane::VersionState;

fleet::VersionId Generations::deploy(control_plane::VersionDeployment deployment, Effects& effects) {
  const fleet::VersionId id{++last_};
  Line& line = lines_[deployment.key];
  if (line.next) effects.remove.push_back(*line.next);
  line.next = id;
  generations_.emplace(id, std::move(deployment));
  return id;
}

void Generations::retire(const VersionKey& key, Effects& effects) {
  lines_.erase(key);
  std::set<fleet::VersionId> all;  // also those that were replaced and still drain
  for (const auto& [id, deployment] : generations_) {
    if (deployment.key == key) all.insert(id);
  }
  if (all.empty()) {
    effects.notices.push_back({key, VersionState::retired, {}, {}});
    return;
  }
  effects.remove.insert(effects.remove.end(), all.begin(), all.end());
  retiring_[key] = std::move(all);
}

std::vector<fleet::VersionId> Generations::scale(const VersionKey& key, unsigned min,
                                                 std::optional<unsigned> max) {
  std::vector<fleet::VersionId> concerned;
  const auto found = lines_.find(key);
  if (found == lines_.end()) return concerned;
  for (const auto& id : {found->second.current, found->second.next}) {
    if (!id) continue;
    generations_.at(*id).min_environments = min;
    generations_.at(*id).max_environments = max;
    concerned.push_back(*id);
  }
  return concerned;
}

Generations::Line* Generations::line_of(fleet::VersionId generation) {
  const auto deployment = generations_.find(generation);
  if (deployment == generations_.end()) return nullptr;
  const auto line = lines_.find(deployment->second.key);
  if (line == lines_.end()) return nullptr;
  const bool concerned = line->second.current == generation || line->second.next == generation;
  return concerned ? &line->second : nullptr;
}

void Generations::take_over(fleet::VersionId generation, Effects& effects) {
  Line* line = line_of(generation);
  if (line == nullptr || line->next != generation) return;
  if (line->current) effects.remove.push_back(*line->current);
  line->current = std::exchange(line->next, std::nullopt);
}

void Generations::became_active(fleet::VersionId generation, Effects& effects) {
  if (line_of(generation) == nullptr) return;
  take_over(generation, effects);
  effects.notices.push_back({of(generation).key, VersionState::active, {}, {}});
}

void Generations::deactivated(fleet::VersionId generation, Effects& effects) {
  if (line_of(generation) == nullptr) return;
  take_over(generation, effects);
  effects.notices.push_back({of(generation).key, VersionState::deactivated, {}, {}});
}

void Generations::failed(fleet::VersionId generation, std::string reason_code, std::string reason,
                         Effects& effects) {
  Line* line = line_of(generation);
  if (line == nullptr) return;
  if (line->next == generation && line->current) {  // the old code stays
    line->next.reset();
    effects.remove.push_back(generation);
  }
  effects.notices.push_back(
      {of(generation).key, VersionState::failed, std::move(reason_code), std::move(reason)});
}

void Generations::removed(fleet::VersionId generation, Effects& effects) {
  const auto found = generations_.find(generation);
  if (found == generations_.end()) return;
  const VersionKey key = found->second.key;
  generations_.erase(found);
  const auto retiring = retiring_.find(key);
  if (retiring == retiring_.end() || retiring->second.erase(generation) == 0 || !retiring->second.empty())
    return;
  retiring_.erase(retiring);
  effects.notices.push_back({key, VersionState::retired, {}, {}});
}

std::optional<fleet::VersionId> Generations::serving(const VersionKey& key) const {
  const auto found = lines_.find(key);
  if (found == lines_.end()) return std::nullopt;
  return found->second.current ? found->second.current : found->second.next;
}

const control_plane::VersionDeployment& Generations::of(fleet::VersionId generation) const {
  return generations_.at(generation);
}

}  // namespace lmi::emulator::app
