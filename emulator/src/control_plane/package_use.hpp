#pragma once

#include "control_plane/registry.hpp"
#include "store/package_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace lmi::emulator::control_plane {

/// Which packages are in use, and the removal of those that are not any more.
///
/// Threads: loop thread.
class PackageUse {
 public:
  PackageUse(store::PackageStore& packages, const Registry& registry)
      : packages_{packages}, registry_{registry} {}

  /// PackageStore::add(). Nothing is removed while one is under way: the same content may be on its way in.
  void add(store::ZipFile zip, std::string architecture, std::function<void(store::PackageResult)> done);

  /// PackageStore::add_layer() and lay_over(), with the same care.
  void add_layer(store::ZipFile zip, std::function<void(store::PackageResult)> done);
  void lay_over(std::vector<std::string> sha256s, std::function<void(store::PackageResult)> done);

  /// Environments that still finish their calls run from this package.
  void hold(const std::string& sha256) { held_.insert(sha256); }
  void let_go(const std::string& sha256);

  /// A record that named this package has changed or gone.
  void released(const std::string& sha256);

  /// Removes everything that no record names: at the start, when nothing else can be in use.
  void sweep();

 private:
  std::function<void(store::PackageResult)> when_added(std::function<void(store::PackageResult)> done);
  std::set<std::string> named() const;
  void remove_unused();

  store::PackageStore& packages_;
  const Registry& registry_;
  std::multiset<std::string> held_;
  std::set<std::string> candidates_;
  std::size_t adding_ = 0;
};

}  // namespace lmi::emulator::control_plane
