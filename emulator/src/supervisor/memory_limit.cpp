#include "supervisor/memory_limit.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

namespace lmi::emulator::supervisor {

namespace fs = std::filesystem;
using Version = MemoryHierarchy::Version;

namespace {

const std::string group_prefix = "lmi-";

std::string read_text(const fs::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>(in), {}};
}

/// One write() as the cgroup files want it; 0 or errno.
int write_text(const fs::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::write(fd, text.data(), text.size()) < 0 ? errno : 0;
  ::close(fd);
  return error;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

bool lists(std::string_view comma_separated, std::string_view wanted) {
  for (const auto& part : split(comma_separated, ',')) {
    if (part == wanted) return true;
  }
  return false;
}

/// The value of "name value" in a file of such lines.
std::uint64_t counter(const fs::path& file, std::string_view name) {
  std::istringstream in{read_text(file)};
  std::string key;
  for (std::uint64_t value = 0; in >> key >> value;) {
    if (key == name) return value;
  }
  return 0;
}

struct CgroupMount {
  std::string root;
  std::string point;
};

/// Of the form "36 35 98:0 /root /point rw,… - cgroup2 source rw,memory".
std::optional<CgroupMount> find_mount(std::string_view mountinfo, Version version) {
  for (const auto& line : split(mountinfo, '\n')) {
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto front = split(std::string_view(line).substr(0, dash), ' ');
    const auto back = split(std::string_view(line).substr(dash + 3), ' ');
    if (front.size() < 5 || back.size() < 3) continue;
    const bool v1 = back[0] == "cgroup" && lists(back[2], "memory");
    if (version == Version::v1 ? v1 : back[0] == "cgroup2") return CgroupMount{front[3], front[4]};
  }
  return std::nullopt;
}

/// Our group's path in the hierarchy: "4:memory:/path" (v1), "0::/path" (v2).
std::optional<std::string> find_own_path(std::string_view self_cgroup, Version version) {
  for (const auto& line : split(self_cgroup, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    if (version == Version::v1 ? lists(controllers, "memory") : line.substr(0, first) == "0") {
      return line.substr(second + 1);
    }
  }
  return std::nullopt;
}

std::optional<fs::path> own_directory(std::string_view self_cgroup, std::string_view mountinfo,
                                      Version version) {
  const auto mount = find_mount(mountinfo, version);
  const auto path = find_own_path(self_cgroup, version);
  if (!mount || !path) return std::nullopt;
  std::string below = *path;
  if (mount->root != "/") {  // a container sees a part of the hierarchy
    if (!below.starts_with(mount->root)) return std::nullopt;
    below.erase(0, mount->root.size());
  }
  while (below.starts_with('/')) below.erase(0, 1);
  return below.empty() ? fs::path(mount->point) : fs::path(mount->point) / below;
}

std::string not_limited(const fs::path& where, int error) {
  return "memory limits are not enforced: " + where.string() + ": " + std::strerror(error);
}

}  // namespace

std::optional<MemoryHierarchy> find_memory_hierarchy(std::string_view self_cgroup,
                                                     std::string_view mountinfo) {
  for (const auto version : {Version::v1, Version::v2}) {
    if (auto directory = own_directory(self_cgroup, mountinfo, version)) {
      return MemoryHierarchy{version, std::move(*directory)};
    }
  }
  return std::nullopt;
}

MemoryGroup::MemoryGroup(Version version, fs::path directory, int procs_fd)
    : version_{version}, directory_{std::move(directory)}, procs_fd_{procs_fd} {}

MemoryGroup::~MemoryGroup() {
  ::close(procs_fd_);
}

bool MemoryGroup::admit(int pid) const {
  const auto text = std::to_string(pid);
  return ::write(procs_fd_, text.data(), text.size()) >= 0 || errno == ESRCH;
}

bool MemoryGroup::oom_killed() const {
  const auto file = directory_ / (version_ == Version::v1 ? "memory.oom_control" : "memory.events");
  return counter(file, "oom_kill") > 0;
}

void MemoryGroup::kill_members() const {
  std::istringstream members{read_text(directory_ / "cgroup.procs")};
  for (int pid = 0; members >> pid;) ::kill(pid, SIGKILL);
}

bool MemoryGroup::remove() {
  return ::rmdir(directory_.c_str()) == 0 || errno == ENOENT;
}

MemoryLimiter MemoryLimiter::for_this_host() {
  MemoryLimiter limiter{
      find_memory_hierarchy(read_text("/proc/self/cgroup"), read_text("/proc/self/mountinfo"))};
  limiter.sweep();
  return limiter;
}

std::unique_ptr<MemoryGroup> MemoryLimiter::create(std::uint64_t bytes, std::string& why_not) {
  if (!hierarchy_) {
    why_not = "memory limits are not enforced: no memory cgroup is mounted";
    return nullptr;
  }
  if (hierarchy_->version == Version::v2 && !prepare_v2(why_not)) return nullptr;

  const auto name = group_prefix + std::to_string(::getpid()) + "-" + std::to_string(next_number_++);
  const auto directory = hierarchy_->directory / name;
  if (::mkdir(directory.c_str(), 0755) != 0) {
    why_not = not_limited(directory, errno);
    return nullptr;
  }
  const bool v1 = hierarchy_->version == Version::v1;
  const auto limit_file = directory / (v1 ? "memory.limit_in_bytes" : "memory.max");
  const int error = write_text(limit_file, std::to_string(bytes));
  const int fd = error == 0 ? ::open((directory / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC) : -1;
  if (fd < 0) {
    why_not = not_limited(limit_file, error != 0 ? error : errno);
    ::rmdir(directory.c_str());
    return nullptr;
  }
  // Lambda has no swap. Hosts without swap accounting lack the file, then there is nothing to forbid.
  write_text(directory / (v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max"),
             v1 ? std::to_string(bytes) : "0");
  if (!v1)
    write_text(directory / "memory.oom.group", "1");  // one EE dies as a whole; older kernels: one process
  return std::make_unique<MemoryGroup>(hierarchy_->version, directory, fd);
}

/// v2 gives controllers to children only of a group without processes of its own, so the emulator moves
/// itself into a leaf first. That works where the group was delegated and nobody else is in it.
bool MemoryLimiter::prepare_v2(std::string& why_not) {
  if (prepared_) return true;
  const auto& own = hierarchy_->directory;
  if (read_text(own / "cgroup.controllers").find("memory") == std::string::npos) {
    why_not = "memory limits are not enforced: the memory controller is not delegated to " + own.string();
    return false;
  }
  const auto leaf = own / (group_prefix + std::to_string(::getpid()) + "-self");
  const auto pid = std::to_string(::getpid());
  int error = write_text(own / "cgroup.subtree_control", "+memory");
  if (error == EBUSY) {
    error = ::mkdir(leaf.c_str(), 0755) == 0 ? write_text(leaf / "cgroup.procs", pid) : errno;
    if (error == 0) error = write_text(own / "cgroup.subtree_control", "+memory");
    if (error != 0) {
      write_text(own / "cgroup.procs", pid);  // back to where we were; if that fails too, the leaf is as good
      ::rmdir(leaf.c_str());
    }
  }
  if (error != 0) why_not = not_limited(own / "cgroup.subtree_control", error);
  prepared_ = error == 0;
  return prepared_;
}

void MemoryLimiter::sweep() const {
  if (!hierarchy_) return;
  std::error_code error;  // an unreadable directory has nothing for us to remove
  for (const auto& entry : fs::directory_iterator(hierarchy_->directory, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(group_prefix)) continue;
    int pid = 0;
    std::from_chars(name.data() + group_prefix.size(), name.data() + name.size(), pid);
    const bool owner_is_gone = pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
    if (owner_is_gone) ::rmdir(entry.path().c_str());  // the kernel refuses while members live
  }
}

}  // namespace lmi::emulator::supervisor
