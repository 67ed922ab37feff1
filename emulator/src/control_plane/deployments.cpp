#include "control_plane/deployments.hpp"

#include "control_plane/deployment.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::control_plane {

using model::UpdateState;
using State = model::VersionState;

namespace {

/// Nothing runs any more, so what was to replace it has replaced it; what failed to do so has not, and what
/// served instead comes back when the version does.
void deactivated(model::Version& version) {
  if (version.serving && version.status.update == UpdateState::failed) {
    version.status.state = State::deactivated;
    return;
  }
  version.status = {.state = State::deactivated, .update = UpdateState::successful};
  version.serving.reset();
}

}  // namespace

Deployments::Deployments(Parts parts) : parts_{parts} {
  parts_.host.on_notice([this](const VersionNotice& told) { notice(told); });
}

void Deployments::start(const VersionKey& key, const model::FunctionConfiguration& configuration) {
  const model::Function* function = parts_.registry.function_named(key.function);
  const model::Version* version = function->find(key.qualifier);
  // Held until the version is gone, even when it is replaced: calls of the old code may still be running.
  Held& held = held_[++last_number_];
  held = {key, {configuration.code.sha256}};
  if (!configuration.opt.empty()) held.packages.push_back(configuration.opt);
  for (const std::string& sha256 : held.packages) parts_.packages.hold(sha256);
  on_host_.insert(key);
  VersionDeployment deployment = make_deployment(*function, *version, configuration, parts_.store.packages());
  deployment.number = last_number_;
  parts_.host.deploy(std::move(deployment));
}

void Deployments::let_go(std::uint64_t number) {
  const auto held = held_.extract(number);
  if (!held) return;
  for (const std::string& sha256 : held.mapped().packages) parts_.packages.let_go(sha256);
}

void Deployments::deploy(const VersionKey& key) {
  model::Function* function = parts_.registry.function_named(key.function);
  const model::Version* version = function ? function->find(key.qualifier) : nullptr;
  if (!version || version->status.state == State::deleting) return;
  start(key, version->configuration);
}

void Deployments::scale(const VersionKey& key) {
  model::Function* function = parts_.registry.function_named(key.function);
  const model::Version* version = function ? function->find(key.qualifier) : nullptr;
  if (!version || version->status.state == State::deleting) return;
  if (on_host_.contains(key)) {
    parts_.host.scale(key, version->scaling.effective_min(), version->scaling.max_environments);
  } else {
    start(key, version->configuration);
  }
}

void Deployments::retire(const VersionKey& key, std::function<void()> gone) {
  replace_when_active_.erase(key);
  if (!on_host_.contains(key)) {
    gone();
    return;
  }
  const model::Function* function = parts_.registry.function_named(key.function);
  if (function && !function->is_managed()) {  // free at once; what it ran from is let go when it `ended`
    on_host_.erase(key);
    parts_.host.retire(key);
    gone();
    return;
  }
  if (const auto already = retiring_.find(key); already != retiring_.end()) {
    already->second = [before = std::move(already->second), gone = std::move(gone)] {
      before();
      gone();
    };
    return;
  }
  std::vector<std::uint64_t> numbers;  // what is deployed later is not retired with these
  for (const auto& [number, held] : held_) {
    if (held.key == key) numbers.push_back(number);
  }
  retiring_[key] = [this, numbers = std::move(numbers), gone = std::move(gone)] {
    gone();
    for (const std::uint64_t number : numbers) let_go(number);
  };
  parts_.host.retire(key);
}

void Deployments::restore() {
  for (const auto& [name, provider] : parts_.registry.providers) {
    parts_.host.put_provider(make_deployment(provider));
  }
  for (auto& [name, function] : parts_.registry.functions) {
    for_each_version(function, [&, &owner = function](model::Version& version) {
      if (!owner.is_managed()) {
        start({owner.name, version.qualifier}, version.configuration);
      } else if (version.qualifier != model::latest) {
        restore_version(owner, version);
      }
    });
  }
}

void Deployments::restore_version(model::Function& function, model::Version& version) {
  const VersionKey key{function.name, version.qualifier};
  // A version that could not start stays failed until it is published again, as it would without the restart.
  if (version.status.state == State::failed) return;
  if (version.status.state != State::deactivated) version.status.state = State::pending;
  if (version.serving && version.status.update == UpdateState::in_progress) replace_when_active_.insert(key);
  start(key, version.serving ? *version.serving : version.configuration);
}

void Deployments::notice(const VersionNotice& told) {
  if (told.state == VersionState::retired) return retired(told.key);
  if (told.state == VersionState::ended) return let_go(told.number);
  model::Function* function = parts_.registry.function_named(told.key.function);
  model::Version* version = function ? function->find(told.key.qualifier) : nullptr;
  if (!version || version->status.state == State::deleting) return;
  if (told.state == VersionState::active) active(told.key, *version);
  if (told.state == VersionState::failed) failed(told, *version);
  if (told.state == VersionState::deactivated) deactivated(*version);
  save(*function);
}

void Deployments::active(const VersionKey& key, model::Version& version) {
  model::VersionStatus& status = version.status;
  status.state = State::active;
  status.reason.clear();
  status.reason_code.clear();
  if (replace_when_active_.erase(key) != 0) return start(key, version.configuration);
  if (status.update == UpdateState::failed) return;  // what is active is the version that serves meanwhile
  status.update = UpdateState::successful;
  status.update_reason.clear();
  status.update_reason_code.clear();
  version.serving.reset();
}

void Deployments::failed(const VersionNotice& told, model::Version& version) {
  model::VersionStatus& status = version.status;
  if (version.serving && status.update == UpdateState::in_progress) {
    status.update = UpdateState::failed;
    status.update_reason = told.reason;
    status.update_reason_code = told.reason_code;
    return;
  }
  status = {State::failed, told.reason, told.reason_code, UpdateState::failed, told.reason, told.reason_code};
}

void Deployments::retired(const VersionKey& key) {
  const auto waiting = retiring_.extract(key);
  if (!waiting) return;
  waiting.mapped()();
  const bool came_again =
      std::any_of(held_.begin(), held_.end(), [&key](const auto& entry) { return entry.second.key == key; });
  if (!came_again) on_host_.erase(key);
}

void Deployments::save(const model::Function& function) {
  // A failure here costs nothing: a restart finds out the states anew, and the next write reports it.
  parts_.store.write({store::PutFunction{persistent(function)}}, [](const std::string&) {});
}

}  // namespace lmi::emulator::control_plane
