#pragma once

#include "store/package_store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct zip;

namespace lmi::emulator::store {

/// One file of a package, its name already found harmless.
struct ZipEntry {
  enum class Kind { file, directory, symlink };
  std::uint64_t index = 0;
  Kind kind = Kind::file;
  std::filesystem::path path;  ///< Relative, without "." and "..".
  unsigned mode = 0;           ///< Permission bits.
  std::uint64_t size = 0;      ///< As the directory claims; the data may be more.
};

/// What AWS says of anything it cannot unzip.
PackageFault not_a_zip();

/// A zip archive in memory. zip.h stays in the .cpp.
class ZipArchive {
 public:
  /// nullopt when the bytes are no zip file. They must stay as long as the archive.
  static std::optional<ZipArchive> open(std::span<const std::uint8_t> bytes);

  /// All entries, or why the package is refused: a name that leads out of it, too many entries, encryption, a
  /// compression other than deflate.
  std::optional<PackageFault> list(std::vector<ZipEntry>& entries) const;

  /// Reads an entry piece by piece; `use` returns false to stop. False when the data is broken or `use`
  /// stopped.
  bool read(const ZipEntry& entry, const std::function<bool(std::span<const char>)>& use) const;

 private:
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  explicit ZipArchive(zip* archive) : archive_{archive} {}

  std::unique_ptr<zip, Discard> archive_;
};

}  // namespace lmi::emulator::store
