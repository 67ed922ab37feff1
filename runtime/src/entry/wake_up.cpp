#include "entry/wake_up.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace lmi::entry {
namespace {

// A signal handler has no argument to find its object by.
std::atomic<int> signalled_descriptor{-1};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<int>::is_always_lock_free);

/// Created once and never closed: a second signal may be in its handler, on any thread, while run() returns,
/// and must not write into whatever has the number next.
int process_descriptor() {
  static const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return descriptor;
}

void wake(int descriptor) noexcept {
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then it is awake already.
  [[maybe_unused]] const auto written = ::write(descriptor, &one, sizeof one);
}

void on_signal(int /*signal*/) {
  const int saved = errno;
  wake(signalled_descriptor.load());
  errno = saved;
}

}  // namespace

WakeUp::WakeUp() : descriptor_{process_descriptor()} {
  if (descriptor_ < 0) throw std::system_error{errno, std::system_category(), "eventfd"};
  std::uint64_t left_over = 0;  // of an earlier run() in this process
  [[maybe_unused]] const auto taken = ::read(descriptor_, &left_over, sizeof left_over);
  signalled_descriptor = descriptor_;

  struct sigaction action {};
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  action.sa_handler = on_signal;
  ::sigaction(SIGTERM, &action, &previous_term_);
  ::sigaction(SIGINT, &action, &previous_int_);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, &previous_pipe_);
}

WakeUp::~WakeUp() {
  ::sigaction(SIGTERM, &previous_term_, nullptr);
  ::sigaction(SIGINT, &previous_int_, nullptr);
  ::sigaction(SIGPIPE, &previous_pipe_, nullptr);
}

void WakeUp::fail(invoke::StopReason reason) noexcept {
  auto none = invoke::StopReason::none;
  failure_.compare_exchange_strong(none, reason);
  wake(descriptor_);
}

invoke::StopReason WakeUp::wait() const noexcept {
  pollfd awake{.fd = descriptor_, .events = POLLIN, .revents = 0};
  while (::poll(&awake, 1, -1) < 0 && errno == EINTR) {
  }
  const auto failure = failure_.load();
  return failure == invoke::StopReason::none ? invoke::StopReason::shutdown : failure;
}

}  // namespace lmi::entry
