#pragma once

#include "loop/loop.hpp"
#include "model/function.hpp"
#include "model/quotas.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lmi::emulator::store {

class Worker;

/// Why a package was not taken. `message` says what to do; where AWS has a text, it is that.
struct PackageFault {
  enum class Kind {
    invalid,           ///< The package is wrong: the caller has to send another.
    zipped_too_large,  ///< Not below ZipFile::limit.
    host,              ///< This machine could not store it: disk full, no permission.
  };
  Kind kind = Kind::invalid;
  std::string message;
};

/// A zip file as it came. Made from its bytes alone it is one that was sent with a request.
struct ZipFile {
  ZipFile(std::vector<std::uint8_t> bytes_, std::uint64_t limit_ = model::quotas::zipped_package_bytes)
      : bytes{std::move(bytes_)}, limit{limit_} {}

  std::vector<std::uint8_t> bytes;
  std::uint64_t limit;  ///< It must be smaller.
};

using PackageResult = std::variant<model::CodePackage, PackageFault>;

/// Deployment packages, unpacked, one directory for each content.
///
/// Threads:  loop thread; unpacking happens on a thread of its own.
/// Lifetime: the loop must outlive it.
class PackageStore {
 public:
  /// `directory` is made when the first package is added.
  PackageStore(Loop& loop, std::filesystem::path directory);
  ~PackageStore();

  /// Checks and unpacks a zip file. A directory appears whole or not at all; the same content is unpacked
  /// once. `done` is called once on the loop, never from inside.
  void add(ZipFile zip, std::string architecture, std::function<void(PackageResult)> done);

  /// The same for a layer's content, of which nothing is asked.
  void add_layer(ZipFile zip, std::function<void(PackageResult)> done);

  /// Lays packages over each other, files of later ones in place of those of the same name, and keeps the
  /// result as a package of its own; `done` gets its name as sha256 and no sizes. One package is its own
  /// result. Precondition: at least one, all there.
  void lay_over(std::vector<std::string> sha256s, std::function<void(PackageResult)> done);

  /// Where the unpacked package is, whether it exists or not.
  std::filesystem::path path(const std::string& sha256) const;

  /// Deletes a package. Calls of add() made later win.
  void remove(const std::string& sha256);

  /// Deletes every package that is not in `used`, and what an interrupted unpacking left.
  void keep_only(std::set<std::string> used);

  /// Runs `job` off the loop, then `done` on it: for other work on large bodies.
  void in_background(std::function<void()> job, std::function<void()> done);

 private:
  Loop& loop_;
  std::filesystem::path directory_;
  std::unique_ptr<Worker> worker_;  // last: its jobs use the rest
};

}  // namespace lmi::emulator::store
