#include "store/unpack.hpp"

#include "model/quotas.hpp"
#include "store/bootstrap_check.hpp"
#include "store/zip_entries.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;

PackageFault host_fault(const fs::path& path, int error) {
  if (error == ENAMETOOLONG) {  // text: ours
    return {PackageFault::Kind::invalid, "The package holds a name that is too long for this machine: " +
                                             path.string().substr(0, 100) + "…"};
  }
  return {PackageFault::Kind::host, "The package could not be unpacked: " + path.string() + ": " +
                                        std::generic_category().message(error)};
}

PackageFault unzipped_too_large(std::uint64_t limit) {  // recorded
  return {PackageFault::Kind::invalid,
          "Unzipped size must be smaller than " + std::to_string(limit) + " bytes"};
}

bool write_all(int descriptor, std::span<const char> piece) {
  while (!piece.empty()) {
    const ssize_t count = ::write(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    piece = piece.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

/// A link may point to where its own directory's parents lie, then downwards only. Checked by text alone, so
/// that no chain of links can lead out: ".." after a name could start from wherever that name's link leads.
bool stays_inside(const fs::path& link, const fs::path& target) {
  if (target.empty() || target.is_absolute()) return false;
  const fs::path directory = link.parent_path();
  auto depth = std::distance(directory.begin(), directory.end());
  bool descending = false;
  for (const fs::path& part : target) {
    if (part == "..") {
      if (descending || --depth < 0) return false;
    } else if (part != "." && !part.empty()) {
      descending = true;
    }
  }
  return true;
}

/// Writes the entries of one package.
class Unpacking {
 public:
  Unpacking(const ZipArchive& archive, const UnpackRequest& request) : archive_{archive}, request_{request} {}

  /// Links are made last: nothing is ever written through one.
  std::optional<PackageFault> run(const std::vector<ZipEntry>& entries) {
    for (const ZipEntry& entry : entries) {
      if (auto fault = entry.kind == ZipEntry::Kind::directory ? directory(entry.path)
                       : entry.kind == ZipEntry::Kind::file    ? file(entry)
                                                               : std::nullopt) {
        return fault;
      }
    }
    for (const ZipEntry& entry : entries) {
      if (entry.kind != ZipEntry::Kind::symlink) continue;
      if (auto fault = symlink(entry)) return fault;
    }
    if (request_.unzipped_bytes) *request_.unzipped_bytes = written_;
    return std::nullopt;
  }

 private:
  std::optional<PackageFault> directory(const fs::path& relative) {
    std::error_code error;
    fs::create_directories(request_.destination / relative, error);
    if (error == std::errc::not_a_directory || error == std::errc::file_exists) return not_a_zip();
    if (error) return host_fault(relative, error.value());
    return std::nullopt;
  }

  std::optional<PackageFault> file(const ZipEntry& entry) {
    if (entry.size >= request_.unzipped_limit) return unzipped_too_large(request_.unzipped_limit);
    if (auto fault = directory(entry.path.parent_path())) return fault;
    const fs::path path = request_.destination / entry.path;
    // Whatever the archive says, the function must be able to read its own files.
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
      if (errno == EEXIST) return not_a_zip();  // the same name twice
      return host_fault(entry.path, errno);
    }
    auto fault = content(entry, descriptor);
    if (!fault && ::fchmod(descriptor, static_cast<mode_t>(entry.mode | 0444U)) != 0) {
      fault = host_fault(entry.path, errno);
    }
    if (::close(descriptor) != 0 && !fault) fault = host_fault(entry.path, errno);
    return fault;
  }

  std::optional<PackageFault> content(const ZipEntry& entry, int descriptor) {
    std::optional<PackageFault> fault;
    std::string head;
    const bool complete = archive_.read(entry, [&](std::span<const char> piece) {
      if (head.size() < head_bytes)
        head.append(piece.data(), std::min(piece.size(), head_bytes - head.size()));
      written_ += piece.size();
      if (written_ >= request_.unzipped_limit) fault = unzipped_too_large(request_.unzipped_limit);
      if (!fault && !write_all(descriptor, piece)) fault = host_fault(entry.path, errno);
      return !fault;
    });
    if (!fault && !complete) return not_a_zip();
    if (!fault && entry.path == "bootstrap" && !request_.architecture.empty())
      return check_bootstrap_program(head, request_.architecture);
    return fault;
  }

  std::optional<PackageFault> symlink(const ZipEntry& entry) {
    std::string target;
    const bool complete = archive_.read(entry, [&](std::span<const char> piece) {
      target.append(piece.data(), piece.size());
      return target.size() < 4096;
    });
    // A NUL ends the target for the kernel: "..\0x" would be checked as one name and made as another.
    const bool whole = complete && target.find('\0') == std::string::npos;
    if (!whole || !stays_inside(entry.path, target)) {
      return PackageFault{PackageFault::Kind::invalid, "The package holds the symbolic link '" +
                                                           entry.path.string() +
                                                           "', which leads out of the package."};
    }
    // A link below another link: its depth, which stays_inside() counts on, is not what its name says.
    if (has_link_above(entry.path)) return not_a_zip();
    if (auto fault = directory(entry.path.parent_path())) return fault;
    std::error_code error;
    fs::create_symlink(target, request_.destination / entry.path, error);
    if (error == std::errc::file_exists) return not_a_zip();
    if (error) return host_fault(entry.path, error.value());
    return std::nullopt;
  }

  bool has_link_above(const fs::path& relative) const {
    std::error_code error;
    fs::path at = request_.destination;
    for (const fs::path& part : relative.parent_path()) {
      at /= part;
      if (fs::is_symlink(fs::symlink_status(at, error))) return true;
    }
    return false;
  }

  static constexpr std::size_t head_bytes = 64;

  const ZipArchive& archive_;
  const UnpackRequest& request_;
  std::uint64_t written_ = 0;
};

}  // namespace

std::optional<PackageFault> unpack(const UnpackRequest& request) {
  if (request.zip.size() >= request.zipped_limit) {
    return PackageFault{
        PackageFault::Kind::zipped_too_large,
        "Zipped size must be smaller than " + std::to_string(request.zipped_limit) + " bytes"};
  }
  const auto archive = ZipArchive::open(request.zip);
  if (!archive) return not_a_zip();
  std::vector<ZipEntry> entries;
  if (auto fault = archive->list(entries)) return fault;
  if (!request.architecture.empty()) {
    if (auto fault = check_bootstrap_entry(entries)) return fault;
  }
  return Unpacking{*archive, request}.run(entries);
}

}  // namespace lmi::emulator::store
