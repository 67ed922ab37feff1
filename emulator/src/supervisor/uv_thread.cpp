#include "supervisor/uv_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <system_error>
#include <utility>

namespace lmi::emulator::supervisor {
namespace {

void check(int result, const char* what) {
  if (result != 0) throw std::system_error(-result, std::generic_category(), what);
}

/// SIGINT and SIGTERM are for the threads that know what to do with them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigdelset(&all, SIGCHLD);  // libuv's
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

UvThread::UvThread() {
  check(uv_loop_init(&loop_), "uv_loop_init");
  wake_.data = this;
  check(uv_async_init(&loop_, &wake_,
                      [](uv_async_t* wake) { static_cast<UvThread*>(wake->data)->run_tasks(); }),
        "uv_async_init");
  const SignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
}

UvThread::~UvThread() {
  post([this] { uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr); });
  thread_.join();
  uv_loop_close(&loop_);
}

void UvThread::post(Task task) {
  {
    const std::lock_guard lock{mutex_};
    tasks_.push_back(std::move(task));
  }
  uv_async_send(&wake_);
}

void UvThread::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock{mutex_};
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

}  // namespace lmi::emulator::supervisor
