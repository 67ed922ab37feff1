#pragma once

#include <filesystem>
#include <string>

namespace lmi::emulator::environment {

/// Removes `root` with everything in it, also from directories whose rights a function took away. Nothing
/// there is no failure. Returns what went wrong, or "".
std::string remove_tree(const std::filesystem::path& root) noexcept;

}  // namespace lmi::emulator::environment
