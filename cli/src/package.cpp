#include "package.hpp"

#include "bootstrap.hpp"

#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace lmi::cli {
namespace {

namespace fs = std::filesystem;

constexpr zip_uint32_t executable_mode = 0100755;
constexpr zip_uint32_t plain_mode = 0100644;
/// 1980-01-01, where zip's calendar begins: a fixed time makes equal contents equal bytes.
constexpr zip_uint16_t fixed_date = (0 << 9) | (1 << 5) | 1;

Failure wrong(std::string message, std::string advice) {
  return {ExitCode::usage, std::move(message), std::move(advice)};
}

Failure zip_failure(const fs::path& path, zip_error_t& error) {
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return wrong("'" + path.string() + "' is not a readable zip file: " + reason,
               "make it again, e.g. with zip -r");
}

Failure too_large_unpacked() {
  return wrong("the package is 250 MB or more unpacked, AWS's limit",
               "strip the executable (strip --strip-debug), or leave out files it does not need");
}

/// Whether an entry of a zip would be unpacked outside of the directory it is unpacked in.
bool leads_out(const fs::path& entry) {
  return entry.is_absolute() || std::find(entry.begin(), entry.end(), "..") != entry.end();
}

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (!file) {
    return wrong("cannot read '" + path.string() + "': " + std::generic_category().message(errno),
                 "check its permissions");
  }
  return bytes;
}

struct Entry {
  std::string name;  ///< Inside the zip, with '/'.
  fs::path source;
  bool executable = false;
};

/// Closes without writing unless commit() was called. The source that holds the bytes outlives the archive.
class ZipWriter {
 public:
  ZipWriter() {
    zip_error_init(&error_);
    buffer_ = zip_source_buffer_create(nullptr, 0, 0, &error_);
    if (buffer_ == nullptr) return;
    zip_source_keep(buffer_);
    archive_ = zip_open_from_source(buffer_, ZIP_TRUNCATE, &error_);
    if (archive_ == nullptr) zip_source_free(buffer_);
  }
  ~ZipWriter() {
    if (archive_ != nullptr) zip_discard(archive_);
    if (buffer_ != nullptr) zip_source_free(buffer_);
    zip_error_fini(&error_);
  }
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// `bytes` must stay until commit().
  bool add(const Entry& entry, const std::string& bytes) {
    if (archive_ == nullptr) return false;
    zip_source_t* source = zip_source_buffer(archive_, bytes.data(), bytes.size(), 0);
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(archive_, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      if (source != nullptr) zip_source_free(source);
      return false;
    }
    const auto position = static_cast<zip_uint64_t>(index);
    const zip_uint32_t mode = entry.executable ? executable_mode : plain_mode;
    return zip_file_set_dostime(archive_, position, 0, fixed_date, 0) == 0 &&
           zip_file_set_external_attributes(archive_, position, 0, ZIP_OPSYS_UNIX, mode << 16) == 0;
  }

  bool commit() {
    if (archive_ == nullptr || zip_close(archive_) != 0) return false;
    archive_ = nullptr;
    return true;
  }

  /// After commit().
  Result<std::string> bytes() {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(buffer_, &stat) != 0 || zip_source_open(buffer_) != 0) return failure();
    std::string bytes(stat.size, '\0');
    const auto read = zip_source_read(buffer_, bytes.data(), bytes.size());
    zip_source_close(buffer_);
    if (read != static_cast<zip_int64_t>(bytes.size())) return failure();
    return bytes;
  }

  Failure failure() {
    const zip_error_t* error = archive_ != nullptr ? zip_get_error(archive_) : &error_;
    zip_error_t copy;
    zip_error_init_with_code(&copy, zip_error_code_zip(error));
    std::string reason = zip_error_strerror(&copy);
    zip_error_fini(&copy);
    return {ExitCode::failed, "cannot make the zip: " + reason};
  }

 private:
  zip_error_t error_{};
  zip_source_t* buffer_ = nullptr;
  zip_t* archive_ = nullptr;
};

Result<Package> pack(const std::vector<Entry>& entries) {
  std::vector<std::string> contents;  // must outlive the writer's commit
  contents.reserve(entries.size());
  Package package;
  ZipWriter writer;
  for (const auto& entry : entries) {
    auto bytes = read_file(entry.source);
    if (!bytes) return bytes.error();
    package.unpacked_bytes += bytes->size();
    if (package.unpacked_bytes >= max_unpacked_bytes) return too_large_unpacked();
    contents.push_back(std::move(*bytes));
    if (entry.name == "bootstrap") {
      auto checked = check_bootstrap(contents.back(), entry.source.string());
      if (!checked) return checked.error();
      package.architecture = *checked;
    }
    if (!writer.add(entry, contents.back())) return writer.failure();
  }
  if (!writer.commit()) return writer.failure();
  auto zip = writer.bytes();
  if (!zip) return zip.error();
  package.zip = std::move(*zip);
  return package;
}

Result<Package> pack_executable(const fs::path& path) {
  if (::access(path.c_str(), X_OK) != 0) {
    return wrong("'" + path.string() + "' is not executable", "chmod +x " + path.string());
  }
  return pack({{"bootstrap", path, true}});
}

Result<Package> pack_directory(const fs::path& directory) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::recursive_directory_iterator it{directory, error}, end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file()) continue;
    const bool executable = (it->status().permissions() & fs::perms::owner_exec) != fs::perms::none;
    entries.push_back({it->path().lexically_relative(directory).generic_string(), it->path(), executable});
  }
  if (error)
    return wrong("cannot read '" + directory.string() + "': " + error.message(), "check its permissions");
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });

  const auto bootstrap = std::find_if(entries.begin(), entries.end(),
                                      [](const Entry& entry) { return entry.name == "bootstrap"; });
  if (bootstrap == entries.end()) {
    return wrong("'" + directory.string() + "' has no file `bootstrap`",
                 "put the function's executable there under that name, or give the executable itself");
  }
  if (!bootstrap->executable) {
    return wrong("'" + bootstrap->source.string() + "' is not executable",
                 "chmod +x " + bootstrap->source.string());
  }
  return pack(entries);
}

/// Takes an existing zip as it is, after a look at its bootstrap.
Result<Package> check_zip(const fs::path& path, std::string bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return zip_failure(path, error);
  zip_t* opened = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (opened == nullptr) {
    zip_source_free(source);
    return zip_failure(path, error);
  }
  const std::unique_ptr<zip_t, decltype(&zip_discard)> archive{opened, zip_discard};

  Package package;
  for (zip_int64_t i = 0; i < zip_get_num_entries(opened, 0); ++i) {
    zip_stat_t stat;
    if (zip_stat_index(opened, static_cast<zip_uint64_t>(i), 0, &stat) != 0) continue;
    package.unpacked_bytes += stat.size;
    if (leads_out(stat.name)) {
      return wrong("'" + path.string() + "' holds '" + stat.name + "', which leads out of the package",
                   "zip the contents of the folder from inside: (cd folder && zip -r ../function.zip .)");
    }
  }
  if (package.unpacked_bytes >= max_unpacked_bytes) return too_large_unpacked();
  zip_file_t* bootstrap = zip_fopen(opened, "bootstrap", 0);
  if (bootstrap == nullptr) {
    return wrong("'" + path.string() + "' has no file `bootstrap` at its top",
                 "zip the contents of the folder, not the folder: (cd folder && zip -r ../function.zip .)");
  }
  std::string head(bootstrap_head_bytes, '\0');
  const auto read = zip_fread(bootstrap, head.data(), head.size());
  zip_fclose(bootstrap);
  head.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
  auto architecture = check_bootstrap(head, "bootstrap in " + path.string());
  if (!architecture) return architecture.error();
  package.architecture = *architecture;
  package.zip = std::move(bytes);  // `source` pointed into it: nothing of the archive is read after this
  return package;
}

Result<Package> load(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    return wrong("there is no '" + path.string() + "'",
                 "build the function first, then give the path of its executable");
  }
  if (fs::is_directory(status)) return pack_directory(path);
  if (!fs::is_regular_file(status))
    return wrong("'" + path.string() + "' is not a regular file",
                 "give an executable, a directory with `bootstrap`, or a zip of one");

  std::ifstream file{path, std::ios::binary};
  std::string magic(4, '\0');
  file.read(magic.data(), 4);
  if (path.extension() == ".zip" || magic == std::string{"PK\x03\x04", 4}) {
    auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return check_zip(path, std::move(*bytes));
  }
  return pack_executable(path);
}

}  // namespace

std::string function_name_from(const fs::path& path) {
  const auto absolute = fs::absolute(path).lexically_normal();
  fs::path name = absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
  if (name == "bootstrap") name = absolute.parent_path().filename();
  if (name.extension() == ".zip") name = name.stem();
  std::string text = name.string().substr(0, 64);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; },
      '-');
  return text;
}

Result<Package> load_package(const fs::path& path) {
  auto package = load(path);
  if (!package) return package;
  if (package->zip.size() > max_zip_bytes) {
    return wrong("the package is " + std::to_string(package->zip.size() >> 20) +
                     " MB zipped; a request can carry 50 MB",
                 "strip the executable (strip --strip-debug), or leave out files it does not need");
  }
  package->default_name = function_name_from(path);
  return package;
}

}  // namespace lmi::cli
