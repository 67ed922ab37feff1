#pragma once

#include <uv.h>

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lmi::emulator::supervisor {

/// A libuv loop on a thread of its own. Only post() crosses threads; everything else runs inside a posted
/// task.
class UvThread {
 public:
  using Task = std::function<void()>;

  /// Throws std::system_error when the kernel gives no descriptors or thread.
  UvThread();
  /// Waits until the loop has no open handle left, so every user closes its own first.
  ~UvThread();
  UvThread(const UvThread&) = delete;
  UvThread& operator=(const UvThread&) = delete;

  /// Runs `task` on the thread. Any thread.
  void post(Task task);
  uv_loop_t* loop() noexcept { return &loop_; }

 private:
  void run_tasks();

  uv_loop_t loop_{};
  uv_async_t wake_{};
  std::mutex mutex_;  // of tasks_
  std::vector<Task> tasks_;
  std::thread thread_;
};

}  // namespace lmi::emulator::supervisor
