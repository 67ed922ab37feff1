#pragma once

#include <cstdint>
#include <string_view>

namespace lmi::emulator::supervisor {

/// The most memory process `pid` has had resident, in bytes: VmHWM of /proc/<pid>/status. 0 when there is no
/// such process (any more). Its descendants are not counted.
std::uint64_t peak_memory_bytes(int pid);

/// The same from the text of that file. Pure.
std::uint64_t peak_memory_bytes(std::string_view status);

}  // namespace lmi::emulator::supervisor
