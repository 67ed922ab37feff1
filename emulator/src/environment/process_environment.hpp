#pragma once

#include "environment/environment.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::environment {

/// The environment block of the runtime process (runtime-api.md §2.1), "NAME=value". Pure.
///
/// /var/task and /opt in the defaults are replaced by where they are on this machine. Beyond AWS's variables
/// it holds TMPDIR: the private directory that stands for Lambda's /tmp; Lambda itself does not set it. And
/// LMI_OPT_ROOT when there is something that stands for /opt, for hosts on which it cannot be mounted there.
std::vector<std::string> runtime_environment(const EnvironmentSpec& spec, unsigned short runtime_api_port);

/// The same for an extension's process.
std::vector<std::string> extension_environment(const EnvironmentSpec& spec, unsigned short runtime_api_port);

/// How many invocations may run at once: the number in `max_concurrency`, 1 when it is absent or no such
/// number.
std::size_t concurrency_limit(const std::optional<std::string>& max_concurrency);

}  // namespace lmi::emulator::environment
