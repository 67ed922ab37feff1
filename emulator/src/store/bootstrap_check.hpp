#pragma once

#include "store/package_store.hpp"
#include "store/zip_entries.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::store {

/// Can this machine run programs of `architecture` ("x86_64" or "arm64")? Natively, or because the kernel was
/// told of an interpreter for them (binfmt_misc).
bool host_runs(std::string_view architecture);

/// Why these entries cannot be a function's package, or nullopt: an executable file `bootstrap` must be at
/// its root. Whatever the runtime: the emulator brings no language runtimes of its own.
std::optional<PackageFault> check_bootstrap_entry(const std::vector<ZipEntry>& entries);

/// Why a program that begins with `head` (64 bytes suffice) cannot run as `architecture` here, or nullopt.
std::optional<PackageFault> check_bootstrap_program(std::string_view head, std::string_view architecture);

}  // namespace lmi::emulator::store
