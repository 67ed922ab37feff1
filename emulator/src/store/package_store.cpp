#include "store/package_store.hpp"

#include "store/overlay.hpp"
#include "store/unpack.hpp"
#include "store/worker.hpp"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;

std::string sha256_hex(const std::vector<std::uint8_t>& bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 0xF];
  }
  return text;
}

/// Everything written so far reaches the disk: a record that refers to the package must not outlive it.
void flush_filesystem_of(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::syncfs(descriptor);
  ::close(descriptor);
}

PackageFault host_fault(const fs::path& path, const std::error_code& error) {
  return {PackageFault::Kind::host,
          "The package could not be stored in " + path.string() + ": " + error.message() + "."};
}

/// Unpacks beside its final place and moves it there.
PackageResult store_package(const fs::path& directory, const ZipFile& zip, const std::string& architecture) {
  model::CodePackage package{sha256_hex(zip.bytes), zip.bytes.size()};
  // The architecture is part of the check, so a package that is there already is looked at again.
  const fs::path staging = directory / (".unpacking-" + package.sha256);
  const fs::path final_place = directory / package.sha256;
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) fs::remove_all(staging, error);
  if (!error) fs::create_directory(staging, error);
  if (error) return host_fault(directory, error);

  UnpackRequest request{zip.bytes, architecture, staging};
  request.zipped_limit = zip.limit;
  request.unzipped_bytes = &package.unzipped_bytes;
  auto fault = unpack(request);
  if (!fault && !fs::exists(final_place, error)) {
    flush_filesystem_of(staging);
    fs::rename(staging, final_place, error);
    if (error) fault = host_fault(final_place, error);
    flush_filesystem_of(directory);
  }
  fs::remove_all(staging, error);
  if (fault) return *std::move(fault);
  return package;
}

/// The several as one, named after their names and order.
PackageResult store_overlay(const fs::path& directory, const std::vector<std::string>& sha256s) {
  if (sha256s.size() == 1) return model::CodePackage{sha256s.front(), 0};
  std::vector<std::uint8_t> identity;
  std::vector<fs::path> layers;
  for (const std::string& sha256 : sha256s) {
    identity.insert(identity.end(), sha256.begin(), sha256.end());
    identity.push_back('\n');
    layers.push_back(directory / sha256);
  }
  const model::CodePackage package{sha256_hex(identity), 0};
  const fs::path final_place = directory / package.sha256;
  const fs::path staging = directory / (".unpacking-" + package.sha256);
  std::error_code error;
  if (fs::exists(final_place, error)) return package;
  fs::remove_all(staging, error);
  fs::create_directory(staging, error);
  if (!error) error = lay_over_each_other(layers, staging);
  if (!error) {
    flush_filesystem_of(staging);
    fs::rename(staging, final_place, error);
  }
  if (!error) {
    flush_filesystem_of(directory);
    return package;
  }
  std::error_code ignored;  // what is left of it goes at the next start
  fs::remove_all(staging, ignored);
  return host_fault(final_place, error);
}

}  // namespace

PackageStore::PackageStore(Loop& loop, fs::path directory)
    : loop_{loop}, directory_{std::move(directory)}, worker_{std::make_unique<Worker>()} {}

PackageStore::~PackageStore() = default;

void PackageStore::add(ZipFile zip, std::string architecture, std::function<void(PackageResult)> done) {
  worker_->submit(
      [this, zip = std::move(zip), architecture = std::move(architecture), done = std::move(done)]() mutable {
        PackageResult result = store_package(directory_, zip, architecture);
        loop_.post([done = std::move(done), result = std::move(result)] { done(result); });
      });
}

void PackageStore::add_layer(ZipFile zip, std::function<void(PackageResult)> done) {
  add(std::move(zip), {}, std::move(done));
}

void PackageStore::lay_over(std::vector<std::string> sha256s, std::function<void(PackageResult)> done) {
  worker_->submit([this, sha256s = std::move(sha256s), done = std::move(done)]() mutable {
    PackageResult result = store_overlay(directory_, sha256s);
    loop_.post([done = std::move(done), result = std::move(result)] { done(result); });
  });
}

fs::path PackageStore::path(const std::string& sha256) const {
  return directory_ / sha256;
}

void PackageStore::remove(const std::string& sha256) {
  worker_->submit([place = path(sha256)] {
    // What cannot be removed now is removed at the next start, by keep_only().
    std::error_code ignored;
    fs::remove_all(place, ignored);
  });
}

void PackageStore::keep_only(std::set<std::string> used) {
  worker_->submit([directory = directory_, used = std::move(used)] {
    std::error_code error;
    std::vector<fs::path> unused;
    for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
      if (!used.contains(at->path().filename().string())) unused.push_back(at->path());
    }
    for (const fs::path& place : unused) fs::remove_all(place, error);
  });
}

void PackageStore::in_background(std::function<void()> job, std::function<void()> done) {
  worker_->submit([this, job = std::move(job), done = std::move(done)]() mutable {
    job();
    loop_.post(std::move(done));
  });
}

}  // namespace lmi::emulator::store
