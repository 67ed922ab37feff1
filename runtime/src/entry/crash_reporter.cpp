#include "entry/crash_reporter.hpp"

#include "entry/crash_line.hpp"
#include "invoke/thread_setup.hpp"

#include <execinfo.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

namespace lmi::entry {
namespace {

// A signal handler has no argument to find its object by.
std::atomic<CrashReporter*> active{nullptr};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> reporting{false};           // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void* instruction(const void* context) {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<void*>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void*>(machine.pc);
#else
#error "where is the program counter?"
#endif
}

}  // namespace

CrashReporter::CrashReporter(invoke::InFlightTable& table, Output output, int descriptor)
    : table_{table}, output_{output}, descriptor_{descriptor} {
  void* warm_up = nullptr;
  ::backtrace(&warm_up, 1);  // its first call loads a library, which a signal handler must not
  active = this;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    struct sigaction present {};
    ::sigaction(signals.at(i), nullptr, &present);
    if ((present.sa_flags & SA_SIGINFO) != 0 || present.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = on_signal;
    ours_.at(i) = ::sigaction(signals.at(i), &action, nullptr) == 0;
  }
}

CrashReporter::~CrashReporter() {
  for (std::size_t i = 0; i < signals.size(); ++i)
    if (ours_.at(i)) std::signal(signals.at(i), SIG_DFL);
  active = nullptr;
}

void CrashReporter::on_signal(int signal, siginfo_t* info, void* context) {
  if (reporting.exchange(true)) {
    for (;;) ::pause();  // another thread reports, and then ends the process
  }
  // Should the report itself hang, e.g. because the crash was inside the dynamic linker.
  std::signal(SIGALRM, SIG_DFL);
  ::alarm(5);
  if (auto* reporter = active.load(); reporter != nullptr) reporter->report(signal, *info, context);
  std::signal(signal, SIG_DFL);
  // A fault happens again on return, at its own place; a signal that was sent has to be sent again.
  if (info->si_code <= 0) ::raise(signal);
}

void CrashReporter::report(int signal, const siginfo_t& info, const void* context) noexcept {
  auto& record = table_.crash();
  record.signal = signal;
  record.code = info.si_code;
  record.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  record.slot = invoke::ThreadSlot::current();
  const auto count = ::backtrace(record.frames.data(), static_cast<int>(record.frames.size()));
  record.frame_count = static_cast<std::size_t>(std::max(count, 0));
  // The first frames are this handler's.
  const auto end = record.frames.begin() + static_cast<std::ptrdiff_t>(record.frame_count);
  const auto crashed = std::find(record.frames.begin(), end, instruction(context));
  if (crashed != end) {
    record.frame_count = static_cast<std::size_t>(end - crashed);
    std::copy(crashed, end, record.frames.begin());
  }
  record.filled.store(true);
  if (output_ == Output::record_only) return;

  const Crash crash{.time = std::chrono::system_clock::now(),
                    .process = ::getpid(),
                    .signal = signal,
                    .record = &record,
                    .in_flight = table_.entries()};
  const auto length = write_crash_line(line_, crash, symbols_, false);
  [[maybe_unused]] const auto written = ::write(descriptor_, line_.data(), length);  // nobody is left to tell
}

}  // namespace lmi::entry
