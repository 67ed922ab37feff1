#pragma once

#include <cstddef>
#include <filesystem>

namespace lmi::emulator::app {

/// How many entries a function has left in its /tmp; the runtime library's own are not counted. 0 when there
/// is no such directory (any more).
std::size_t tmp_entries(const std::filesystem::path& directory);

}  // namespace lmi::emulator::app
