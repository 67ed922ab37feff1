#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace lmi::emulator::store {

/// Puts the content of `layers` into `destination`, an empty directory on the same filesystem: directories
/// are merged, of anything else with the same name the last one stays. Files are hard links, so this costs no
/// space. Blocks: for threads that may.
std::error_code lay_over_each_other(const std::vector<std::filesystem::path>& layers,
                                    const std::filesystem::path& destination);

}  // namespace lmi::emulator::store
