#pragma once

#include "result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::cli {

/// So many bytes from a file's start are enough for check_bootstrap().
inline constexpr std::size_t bootstrap_head_bytes = 64;

/// Whether a file that begins with `head` can be started by Linux: the architecture in AWS's words ("x86_64"
/// or "arm64") for an ELF executable, "" for a script, or a failure that names `what`.
Result<std::string> check_bootstrap(std::string_view head, const std::string& what);

/// The architecture of this machine, in AWS's words.
std::string host_architecture();

}  // namespace lmi::cli
