#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::supervisor {

/// Where this process may make memory cgroups: below the group it is in itself, never outside.
struct MemoryHierarchy {
  enum class Version { v1, v2 };
  Version version = Version::v1;
  std::filesystem::path directory;  ///< Of our own group.
};

/// Finds it from the text of /proc/self/cgroup and /proc/self/mountinfo. v1's memory controller is preferred
/// where both are mounted: a controller is in one hierarchy only. Pure.
std::optional<MemoryHierarchy> find_memory_hierarchy(std::string_view self_cgroup,
                                                     std::string_view mountinfo);

/// A memory cgroup for one process tree. Removed by remove(), which the owner repeats until it succeeds.
class MemoryGroup {
 public:
  MemoryGroup(MemoryHierarchy::Version version, std::filesystem::path directory, int procs_fd);
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  /// cgroup.procs, open for writing, close-on-exec.
  int procs_fd() const noexcept { return procs_fd_; }
  /// Moves `pid` in; harmless when it is in already. False when the kernel refuses a living process.
  bool admit(int pid) const;
  /// Whether the kernel killed a member because the limit was reached.
  bool oom_killed() const;
  /// SIGKILL to every member, also those that left the process group.
  void kill_members() const;
  /// False while members remain.
  bool remove();

 private:
  MemoryHierarchy::Version version_;
  std::filesystem::path directory_;
  int procs_fd_;
};

/// Makes memory groups where the host allows it.
/// Threads: one at a time.
class MemoryLimiter {
 public:
  /// For this host. Groups of an emulator that died without removing them are removed.
  static MemoryLimiter for_this_host();
  explicit MemoryLimiter(std::optional<MemoryHierarchy> hierarchy) : hierarchy_{std::move(hierarchy)} {}

  /// A group limited to `bytes`, or nullptr and why not, with what it means.
  std::unique_ptr<MemoryGroup> create(std::uint64_t bytes, std::string& why_not);

 private:
  bool prepare_v2(std::string& why_not);
  void sweep() const;

  std::optional<MemoryHierarchy> hierarchy_;
  bool prepared_ = false;
  unsigned next_number_ = 1;
};

}  // namespace lmi::emulator::supervisor
