#pragma once

#include "model/quotas.hpp"
#include "store/package_store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace lmi::emulator::store {

struct UnpackRequest {
  std::span<const std::uint8_t> zip;
  /// "x86_64" or "arm64": what its bootstrap must be built for. Empty: a layer, which needs none.
  std::string architecture;
  std::filesystem::path destination;  ///< An empty directory that exists.
  std::uint64_t unzipped_limit = model::quotas::unzipped_package_bytes;
  std::uint64_t* unzipped_bytes = nullptr;  ///< Receives the size of all files, when it is wanted.
  std::uint64_t zipped_limit = model::quotas::zipped_package_bytes;
};

/// Checks a package and writes its files. nullopt when all is well; after a fault the destination may hold a
/// part. Blocks: for threads that may.
std::optional<PackageFault> unpack(const UnpackRequest& request);

}  // namespace lmi::emulator::store
