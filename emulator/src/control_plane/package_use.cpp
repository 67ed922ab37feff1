#include "control_plane/package_use.hpp"

#include <utility>

namespace lmi::emulator::control_plane {

void PackageUse::add(store::ZipFile zip, std::string architecture,
                     std::function<void(store::PackageResult)> done) {
  packages_.add(std::move(zip), std::move(architecture), when_added(std::move(done)));
}

void PackageUse::add_layer(store::ZipFile zip, std::function<void(store::PackageResult)> done) {
  packages_.add_layer(std::move(zip), when_added(std::move(done)));
}

void PackageUse::lay_over(std::vector<std::string> sha256s, std::function<void(store::PackageResult)> done) {
  packages_.lay_over(std::move(sha256s), when_added(std::move(done)));
}

std::function<void(store::PackageResult)> PackageUse::when_added(
    std::function<void(store::PackageResult)> done) {
  ++adding_;
  return [this, done = std::move(done)](store::PackageResult result) {
    --adding_;
    if (const auto* package = std::get_if<model::CodePackage>(&result)) candidates_.insert(package->sha256);
    done(std::move(result));  // names the package in a record, or gives it up
    remove_unused();
  };
}

void PackageUse::let_go(const std::string& sha256) {
  const auto found = held_.find(sha256);
  if (found != held_.end()) held_.erase(found);
  released(sha256);
}

void PackageUse::released(const std::string& sha256) {
  if (sha256.empty()) return;  // no package: a function without layers
  candidates_.insert(sha256);
  remove_unused();
}

void PackageUse::sweep() {
  packages_.keep_only(named());
}

std::set<std::string> PackageUse::named() const {
  std::set<std::string> used;
  for (const auto& [name, function] : registry_.functions) {
    for_each_version(function, [&used](const model::Version& version) {
      used.insert(version.configuration.code.sha256);
      used.insert(version.configuration.opt);
      if (!version.serving) return;
      used.insert(version.serving->code.sha256);
      used.insert(version.serving->opt);
    });
  }
  for (const auto& [key, layer] : registry_.layers) {
    for (const auto& [number, version] : layer.versions) used.insert(version.code.sha256);
  }
  return used;
}

void PackageUse::remove_unused() {
  if (adding_ != 0 || candidates_.empty()) return;
  const std::set<std::string> used = named();
  for (const std::string& sha256 : std::exchange(candidates_, {})) {
    if (!used.contains(sha256) && !held_.contains(sha256)) packages_.remove(sha256);
  }
}

}  // namespace lmi::emulator::control_plane
