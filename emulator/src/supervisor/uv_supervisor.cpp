#include "supervisor/uv_supervisor.hpp"

#include "supervisor/memory_limit.hpp"
#include "supervisor/opt_mount.hpp"
#include "supervisor/process_memory.hpp"
#include "supervisor/uv_child.hpp"
#include "supervisor/uv_thread.hpp"

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <optional>
#include <unordered_map>
#include <utility>

namespace lmi::emulator::supervisor {
namespace {

using Id = std::uint64_t;

/// Output that the loop has not taken yet; above it the child's pipes wait. The loop always catches up, so a
/// chatty child is slowed down, never stuck.
constexpr std::size_t max_bytes_under_way = 4 * 1024 * 1024;
constexpr std::uint64_t farewell_ms = 3000;

}  // namespace

class UvSupervisor::Core : public std::enable_shared_from_this<UvSupervisor::Core> {
 public:
  Core(Loop& loop, Report report) : loop_{loop}, report_{std::move(report)} {}

  // ---- loop thread ----
  int start(ProcessSpec spec, ProcessEvents events, Id& id, int& pid);
  void forget(Id id) { events_.erase(id); }
  void signal(Id id, int signal);
  void when_output_read(Id id, std::function<void()> done);
  void shut_down();

 private:
  struct Running {
    std::unique_ptr<UvChild> child;
    std::shared_ptr<std::atomic<std::size_t>> bytes_under_way;  // shared with the loop's tasks
  };

  // ---- libuv thread ----
  int spawn(Id id, ProcessSpec& spec, int& pid);
  std::unique_ptr<MemoryGroup> limit_memory(std::uint64_t bytes);
  UvChild::Events events_of_child(Id id);
  void pass_on_lines(Id id, Stream stream, std::vector<std::string> lines, std::size_t bytes);
  void remove_later(Id id);
  void end_all();
  void say_all_ended();
  bool can_mount_opt();
  void report(std::string message);
  void report_once(std::string message);

  // ---- loop thread ----
  void tell_lines(Id id, Stream stream, std::vector<std::string>& lines);
  void tell_exit(Id id, Exit exit);
  void resume(Id id);

  Loop& loop_;
  Report report_;
  std::unordered_map<Id, std::shared_ptr<ProcessEvents>>
      events_;  // loop thread; shared with a call in progress
  Id last_id_ = 0;

  std::unordered_map<Id, Running> children_;  // libuv thread
  std::optional<MemoryLimiter> limiter_;      // libuv thread
  bool reported_ = false;                     // libuv thread
  std::optional<bool> opt_mount_works_;       // libuv thread
  bool ending_ = false;                       // libuv thread
  uv_timer_t farewell_{};                     // libuv thread
  std::promise<void> all_ended_;
  UvThread thread_;  // last: its destructor waits for the thread that uses the rest
};

int UvSupervisor::Core::start(ProcessSpec spec, ProcessEvents events, Id& id, int& pid) {
  id = ++last_id_;
  events_.emplace(id, std::make_shared<ProcessEvents>(std::move(events)));
  std::promise<int> spawned;
  thread_.post([&] { spawned.set_value(spawn(id, spec, pid)); });
  const int error = spawned.get_future().get();
  if (error != 0) forget(id);
  return error;
}

void UvSupervisor::Core::signal(Id id, int signal) {
  thread_.post([this, id, signal] {
    if (const auto found = children_.find(id); found != children_.end()) found->second.child->signal(signal);
  });
}

void UvSupervisor::Core::when_output_read(Id id, std::function<void()> done) {
  thread_.post([this, id, done = std::move(done)]() mutable {
    // Posted after the lines themselves, so told after them.
    auto tell = [this, done = std::move(done)] { loop_.post(done); };
    const auto found = children_.find(id);
    if (found == children_.end()) return tell();
    found->second.child->when_read(std::move(tell));
  });
}

void UvSupervisor::Core::shut_down() {
  events_.clear();
  auto all_ended = all_ended_.get_future();
  thread_.post([this] { end_all(); });
  all_ended.wait();  // the thread takes no task once its own destructor has begun
}

int UvSupervisor::Core::spawn(Id id, ProcessSpec& spec, int& pid) {
  auto memory = limit_memory(spec.memory_limit_bytes);
  if (!spec.opt_root.empty() && !can_mount_opt()) spec.opt_root.clear();
  const MemoryGroup* group = memory.get();
  auto& running = children_[id];
  running.bytes_under_way = std::make_shared<std::atomic<std::size_t>>(0);
  running.child = std::make_unique<UvChild>(thread_.loop(), events_of_child(id), std::move(memory));
  const int error = running.child->spawn(spec);
  pid = running.child->pid();
  if (error == 0 && group != nullptr && !group->admit(pid)) {
    report_once("memory limits are not enforced: the kernel refuses to move a process into its cgroup");
  }
  return error;
}

std::unique_ptr<MemoryGroup> UvSupervisor::Core::limit_memory(std::uint64_t bytes) {
  if (bytes == 0) return nullptr;
  if (!limiter_) limiter_ = MemoryLimiter::for_this_host();
  std::string why_not;
  auto group = limiter_->create(bytes, why_not);
  if (!group) report_once(std::move(why_not));
  return group;
}

bool UvSupervisor::Core::can_mount_opt() {
  if (!opt_mount_works_) {
    std::string why_not;
    opt_mount_works_ = OptMount::works_here(why_not);
    if (!*opt_mount_works_) report(std::move(why_not));
  }
  return *opt_mount_works_;
}

void UvSupervisor::Core::report_once(std::string message) {
  if (!std::exchange(reported_, true)) report(std::move(message));
}

void UvSupervisor::Core::report(std::string message) {
  loop_.post([weak = weak_from_this(), message = std::move(message)] {
    const auto self = weak.lock();
    if (self && self->report_) self->report_(message);
  });
}

UvChild::Events UvSupervisor::Core::events_of_child(Id id) {
  return {.on_lines = [this, id](Stream stream, std::vector<std::string> lines,
                                 std::size_t bytes) { pass_on_lines(id, stream, std::move(lines), bytes); },
          .on_exit =
              [this, id](Exit exit) {
                loop_.post([weak = weak_from_this(), id, exit] {
                  if (const auto self = weak.lock()) self->tell_exit(id, exit);
                });
              },
          .gone = [this, id](UvChild&) { remove_later(id); }};
}

void UvSupervisor::Core::pass_on_lines(Id id, Stream stream, std::vector<std::string> lines,
                                       std::size_t bytes) {
  auto& running = children_.at(id);
  const auto under_way = running.bytes_under_way;
  if (under_way->fetch_add(bytes) + bytes > max_bytes_under_way) running.child->pause_reading();
  loop_.post([weak = weak_from_this(), id, stream, lines = std::move(lines), bytes, under_way]() mutable {
    const auto self = weak.lock();
    if (!self) return;
    self->tell_lines(id, stream, lines);
    const std::size_t before = under_way->fetch_sub(bytes);
    if (before > max_bytes_under_way && before - bytes <= max_bytes_under_way) self->resume(id);
  });
}

void UvSupervisor::Core::tell_lines(Id id, Stream stream, std::vector<std::string>& lines) {
  for (auto& line : lines) {
    const auto found = events_.find(id);  // each time: the owner may end the process while it is told
    if (found == events_.end()) return;
    const auto events = found->second;
    if (events->on_line) events->on_line(stream, std::move(line));
  }
}

void UvSupervisor::Core::tell_exit(Id id, Exit exit) {
  const auto found = events_.find(id);
  if (found == events_.end()) return;
  const auto events = found->second;
  events_.erase(found);
  if (events->on_exit) events->on_exit(exit);
}

void UvSupervisor::Core::resume(Id id) {
  thread_.post([this, id] {
    if (const auto found = children_.find(id); found != children_.end())
      found->second.child->resume_reading();
  });
}

void UvSupervisor::Core::remove_later(Id id) {
  // Called from inside the child's last close callback: it cannot be destroyed here.
  thread_.post([this, id] {
    children_.erase(id);
    if (ending_ && children_.empty()) say_all_ended();
  });
}

void UvSupervisor::Core::say_all_ended() {
  uv_close(reinterpret_cast<uv_handle_t*>(&farewell_),
           [](uv_handle_t* timer) { static_cast<Core*>(timer->data)->all_ended_.set_value(); });
}

void UvSupervisor::Core::end_all() {
  ending_ = true;
  farewell_.data = this;
  uv_timer_init(thread_.loop(), &farewell_);
  if (children_.empty()) return say_all_ended();
  for (auto& [id, running] : children_) {
    running.child->signal(SIGKILL);
    running.child->resume_reading();
  }
  // A process stuck in the kernel must not keep the emulator.
  uv_timer_start(
      &farewell_,
      [](uv_timer_t* timer) {
        for (auto& [id, running] : static_cast<Core*>(timer->data)->children_) running.child->abandon();
      },
      farewell_ms, 0);
}

namespace {

/// The loop's handle on a child.
class UvProcess final : public Process {
 public:
  struct Calls {
    std::function<void(int)> signal;
    std::function<void()> forget;
    std::function<void(std::function<void()>)> when_output_read;
  };
  UvProcess(int pid, Calls calls) : pid_{pid}, calls_{std::move(calls)} {}
  ~UvProcess() override {
    calls_.forget();
    calls_.signal(SIGKILL);
  }
  UvProcess(const UvProcess&) = delete;
  UvProcess& operator=(const UvProcess&) = delete;

  int pid() const noexcept override { return pid_; }
  void signal(int signal) override { calls_.signal(signal); }
  std::uint64_t peak_memory_bytes() const override { return supervisor::peak_memory_bytes(pid_); }
  void when_output_read(std::function<void()> done) override { calls_.when_output_read(std::move(done)); }

 private:
  int pid_;
  Calls calls_;
};

}  // namespace

UvSupervisor::UvSupervisor(Loop& loop, Report report)
    : core_{std::make_shared<Core>(loop, std::move(report))} {}

UvSupervisor::~UvSupervisor() {
  core_->shut_down();
}

std::unique_ptr<Process> UvSupervisor::start(ProcessSpec spec, ProcessEvents events, std::error_code& error) {
  Id id = 0;
  int pid = 0;
  if (const int failure = core_->start(std::move(spec), std::move(events), id, pid); failure != 0) {
    error.assign(-failure, std::generic_category());
    return nullptr;
  }
  error.clear();
  const std::weak_ptr<Core> weak = core_;
  return std::make_unique<UvProcess>(pid, UvProcess::Calls{.signal =
                                                               [weak, id](int signal) {
                                                                 if (const auto core = weak.lock())
                                                                   core->signal(id, signal);
                                                               },
                                                           .forget =
                                                               [weak, id] {
                                                                 if (const auto core = weak.lock())
                                                                   core->forget(id);
                                                               },
                                                           .when_output_read =
                                                               [weak, id](std::function<void()> done) {
                                                                 if (const auto core = weak.lock())
                                                                   core->when_output_read(id,
                                                                                          std::move(done));
                                                               }});
}

}  // namespace lmi::emulator::supervisor
