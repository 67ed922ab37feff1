#include "core/vcpus.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace lmi::core {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

std::optional<long long> parse_number(std::string_view text) {
  long long number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{}) return std::nullopt;
  return number;
}

std::optional<double> quota_over_period(std::optional<long long> quota, std::optional<long long> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> tighter(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<double> quota_v1(const fs::path& group) {
  return quota_over_period(parse_number(read_text(group / "cpu.cfs_quota_us")),
                           parse_number(read_text(group / "cpu.cfs_period_us")));
}

std::optional<double> quota_v2(const fs::path& group) {
  return parse_cpu_max(read_text(group / "cpu.max"));
}

/// The tightest quota from `path` (as /proc/self/cgroup names it) up to the mount. In a container the path
/// may not exist below the mount; then the mount itself is the container's group.
template <class ReadQuota>
std::optional<double> tightest(const fs::path& mount, std::string_view path, ReadQuota read_quota) {
  std::optional<double> quota;
  for (auto group = fs::path{path}.relative_path(); !group.empty(); group = group.parent_path())
    quota = tighter(quota, read_quota(mount / group));
  return tighter(quota, read_quota(mount));
}

bool lists_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == "cpu") return true;
    if (comma == std::string_view::npos) break;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return quota_over_period(parse_number(text.substr(0, space)), parse_number(text.substr(space + 1)));
}

std::optional<double> cpu_quota(const fs::path& root) {
  const auto mounts = root / "sys/fs/cgroup";
  std::ifstream groups{root / "proc/self/cgroup"};
  std::optional<double> quota;
  for (std::string line; std::getline(groups, line);) {  // "0::/a/b" or "4:cpu,cpuacct:/a/b"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = std::string_view{line}.substr(first + 1, second - first - 1);
    const auto path = std::string_view{line}.substr(second + 1);
    if (controllers.empty()) {
      quota = tighter(quota, tightest(mounts, path, quota_v2));
    } else if (lists_cpu(controllers)) {
      std::error_code ignored;
      const auto mount = fs::exists(mounts / controllers, ignored) ? mounts / controllers : mounts / "cpu";
      quota = tighter(quota, tightest(mount, path, quota_v1));
    }
  }
  return quota;
}

unsigned usable_vcpus(unsigned affinity, std::optional<double> quota) noexcept {
  auto vcpus = std::max(affinity, 1U);
  if (quota && *quota < static_cast<double>(vcpus)) vcpus = static_cast<unsigned>(std::ceil(*quota));
  return std::max(vcpus, 1U);
}

unsigned usable_vcpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const auto affinity = ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set))
                                                                      : std::thread::hardware_concurrency();
  return usable_vcpus(affinity, cpu_quota("/"));
}

}  // namespace lmi::core
