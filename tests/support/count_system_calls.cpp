// Runs a program and counts its system calls, all threads and children, by ptrace:
//
//   count_system_calls <file> <program> [arguments]
//
// At its end the file holds a line "<number> <count>" for each system call that was made. SIGTERM is passed
// on. Ends as the program does; with 77 where tracing is not allowed.

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

namespace {

constexpr int not_allowed = 77;

// A signal handler has no argument to find its process by.
volatile sig_atomic_t traced = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void pass_on(int signal) {
  if (traced != 0) ::kill(traced, signal);
}

[[noreturn]] void become(char** program) {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(not_allowed);
  ::raise(SIGSTOP);  // until the options are set
  ::execv(program[0], program);
  std::perror(program[0]);
  ::_exit(127);
}

class Tracer {
 public:
  explicit Tracer(pid_t program) : program_{program} {}

  /// The exit code; 128 + the signal that ended it.
  int run() {
    int code = -1;
    int status = 0;
    for (;;) {
      const pid_t thread = ::waitpid(-1, &status, __WALL);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) return code;  // none left
      if (WIFSTOPPED(status)) {
        go_on(thread, stopped(thread, status));
      } else if (thread == program_) {
        code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
    }
  }

  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& counts() const { return counts_; }

 private:
  /// The signal to be delivered.
  int stopped(pid_t thread, int status) {
    constexpr int system_call = SIGTRAP | 0x80;
    const int signal = WSTOPSIG(status);
    if (known_.insert(thread).second) {
      if (thread == program_)
        ::ptrace(PTRACE_SETOPTIONS, thread, nullptr,
                 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
      return 0;  // its first stop is tracing's own
    }
    if (signal == system_call) {
      __ptrace_syscall_info info{};  // as glibc names it
      ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, reinterpret_cast<void*>(sizeof info), &info);
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY) ++counts_[info.entry.nr];
      return 0;
    }
    return status >> 16 != 0 ? 0 : signal;  // an event of tracing's own
  }

  static void go_on(pid_t thread, int signal) {
    ::ptrace(PTRACE_SYSCALL, thread, nullptr, static_cast<std::intptr_t>(signal));
  }

  const pid_t program_;
  std::set<pid_t> known_;
  std::map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fputs("usage: count_system_calls <file> <program> [arguments]\n", stderr);
    return 2;
  }
  struct sigaction action {};
  action.sa_handler = pass_on;
  ::sigaction(SIGTERM, &action, nullptr);
  const pid_t program = ::fork();
  if (program < 0) return 2;
  if (program == 0) become(arguments + 2);
  traced = program;
  Tracer tracer{program};
  const int code = tracer.run();
  std::ofstream file{arguments[1]};
  for (const auto& [number, times] : tracer.counts()) file << number << ' ' << times << '\n';
  return code;
}
