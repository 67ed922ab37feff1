#include "store/zip_entries.hpp"

#include "model/quotas.hpp"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;

/// Ours: AWS names no reason beyond not_a_zip().
PackageFault refused(const std::string& name, const std::string& why) {
  return {PackageFault::Kind::invalid, "The package holds '" + name + "', which " + why + "."};
}

/// `name` as a path below the package's root, or nullopt when it would lead out of it.
std::optional<fs::path> safe_path(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return std::nullopt;
  fs::path path;
  for (const fs::path& part : fs::path{name}) {
    if (part == "..") return std::nullopt;
    if (!part.empty() && part != ".") path /= part;
  }
  return path;
}

struct Attributes {
  bool is_unix = false;
  mode_t mode = 0;
};

Attributes attributes_of(zip* archive, std::uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return {};
  return {system == ZIP_OPSYS_UNIX, static_cast<mode_t>(attributes >> 16)};
}

ZipEntry::Kind kind_of(const Attributes& attributes, std::string_view name) {
  if (name.back() == '/') return ZipEntry::Kind::directory;
  if (attributes.is_unix && S_ISLNK(attributes.mode)) return ZipEntry::Kind::symlink;
  return ZipEntry::Kind::file;
}

/// Devices, sockets and pipes have no place in a package.
bool is_special(const Attributes& attributes) {
  const mode_t type = attributes.mode & S_IFMT;
  return attributes.is_unix && type != 0 && type != S_IFREG && type != S_IFDIR && type != S_IFLNK;
}

}  // namespace

PackageFault not_a_zip() {
  return {PackageFault::Kind::invalid,
          "Could not unzip uploaded file. Please check your file, then try to upload again."};
}

void ZipArchive::Discard::operator()(zip* archive) const noexcept {
  zip_discard(archive);
}

std::optional<ZipArchive> ZipArchive::open(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return std::nullopt;  // libzip takes it for an archive without entries
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
  if (!source) return std::nullopt;
  zip* archive = zip_open_from_source(source, ZIP_RDONLY, nullptr);
  if (!archive) {
    zip_source_free(source);
    return std::nullopt;
  }
  return ZipArchive{archive};
}

std::optional<PackageFault> ZipArchive::list(std::vector<ZipEntry>& entries) const {
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  if (count > static_cast<zip_int64_t>(model::quotas::package_entries)) {
    return PackageFault{PackageFault::Kind::invalid,
                        "The package has " + std::to_string(count) + " entries; at most " +
                            std::to_string(model::quotas::package_entries) + " are taken."};
  }
  for (std::uint64_t index = 0; index < static_cast<std::uint64_t>(count); ++index) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive_.get(), index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_NAME))
      return not_a_zip();
    const std::string name = stat.name;
    auto path = safe_path(name);
    if (!path) return refused(name, "leads out of the package");
    if (path->empty()) continue;  // "./" or a bare "."
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE) {
      return refused(name, "is encrypted: make the zip file without a password");
    }
    // Deflate cannot expand more than 1032-fold, which bounds what a small upload can cost.
    if ((stat.valid & ZIP_STAT_COMP_METHOD) && stat.comp_method != ZIP_CM_STORE &&
        stat.comp_method != ZIP_CM_DEFLATE) {
      return refused(name, "is compressed with a method other than deflate");
    }
    const Attributes attributes = attributes_of(archive_.get(), index);
    if (is_special(attributes)) return refused(name, "is neither a file, a directory nor a symbolic link");
    // Zip files from systems without permissions: everything may be run.
    const unsigned mode = attributes.is_unix ? attributes.mode & 0777U : 0755U;
    const std::uint64_t size = stat.valid & ZIP_STAT_SIZE ? stat.size : 0;
    entries.push_back({index, kind_of(attributes, name), std::move(*path), mode, size});
  }
  return std::nullopt;
}

bool ZipArchive::read(const ZipEntry& entry, const std::function<bool(std::span<const char>)>& use) const {
  struct CloseFile {
    void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
  };
  const std::unique_ptr<zip_file_t, CloseFile> file{zip_fopen_index(archive_.get(), entry.index, 0)};
  if (!file) return false;
  std::array<char, 65536> piece;
  while (true) {
    const zip_int64_t count = zip_fread(file.get(), piece.data(), piece.size());
    if (count < 0) return false;
    if (count == 0) return true;
    if (!use({piece.data(), static_cast<std::size_t>(count)})) return false;
  }
}

}  // namespace lmi::emulator::store
