#pragma once

#include "result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace lmi::cli {

/// A deployment package, ready to upload.
struct Package {
  std::string zip;           ///< Bytes. The same input gives the same bytes: no times of day inside.
  std::string architecture;  ///< "x86_64" or "arm64" of its bootstrap; empty when that is a script.
  std::string default_name;  ///< A function name made from the file name.
  std::uintmax_t unpacked_bytes = 0;
};

/// Largest package AWS takes in a request; larger ones go through S3.
inline constexpr std::uintmax_t max_zip_bytes = 50ULL << 20;
inline constexpr std::uintmax_t max_unpacked_bytes = 250ULL << 20;

/// Packs `path`: an executable (which becomes `bootstrap`), a directory with an executable `bootstrap` at its
/// top, or a zip file of such a directory. A failure says what is wrong with it and what to do.
Result<Package> load_package(const std::filesystem::path& path);

/// A function name from a file name: "my tool.zip" gives "my-tool".
std::string function_name_from(const std::filesystem::path& path);

}  // namespace lmi::cli
