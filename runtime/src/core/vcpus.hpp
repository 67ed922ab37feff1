#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace lmi::core {

/// vCPUs' worth of time a quota allows, e.g. 1.5. From cgroup v2's cpu.max ("150000 100000", "max 100000");
/// nothing when it does not limit or cannot be read. Pure.
std::optional<double> parse_cpu_max(std::string_view text);

/// The tightest CPU quota on this process's cgroup or any above it, v1 or v2. `root` stands for "/" in tests.
std::optional<double> cpu_quota(const std::filesystem::path& root);

/// Threads that can run at once: what the affinity mask allows, or the quota rounded up when that is less.
/// At least 1. Pure.
unsigned usable_vcpus(unsigned affinity, std::optional<double> quota) noexcept;

/// The same for this process, now.
unsigned usable_vcpus();

}  // namespace lmi::core
