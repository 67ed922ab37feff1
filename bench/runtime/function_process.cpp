#include "function_process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace lmi::bench {

namespace {

std::vector<std::string> lambda_environment(const FunctionProcess::Options& options) {
  std::vector<std::string> out{"AWS_LAMBDA_RUNTIME_API=" + options.runtime_api,
                               "AWS_LAMBDA_FUNCTION_NAME=bench",
                               "AWS_LAMBDA_FUNCTION_VERSION=1",
                               "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=2048",
                               "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/bench",
                               "AWS_LAMBDA_LOG_STREAM_NAME=bench",
                               "AWS_LAMBDA_LOG_FORMAT=JSON",
                               "AWS_REGION=us-east-1",
                               "_HANDLER=bench",
                               "LAMBDA_TASK_ROOT=/",
                               "PATH=/usr/local/bin:/usr/bin:/bin"};
  if (options.slots > 0) {
    out.push_back("AWS_LAMBDA_MAX_CONCURRENCY=" + std::to_string(options.slots));
    out.emplace_back("AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances");
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

cpu_set_t set_of(Core core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (core) {
    CPU_SET(static_cast<std::size_t>(*core), &set);
  } else {
    for (std::size_t i = 0; i < std::thread::hardware_concurrency(); ++i) CPU_SET(i, &set);
  }
  return set;
}

}  // namespace

void pin_this_thread(Core core) {
  const cpu_set_t set = set_of(core);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
  }
}

FunctionProcess::FunctionProcess(const Options& options) {
  std::vector<std::string> arguments{options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = lambda_environment(options);

  cpu_set_t mine;
  ::sched_getaffinity(0, sizeof mine, &mine);
  pin_this_thread(options.core);  // the child inherits it
  started_ = std::chrono::steady_clock::now();
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);  // its log lines
  const int error = ::posix_spawn(&pid_, options.program.c_str(), &files, nullptr, pointers(arguments).data(),
                                  pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::sched_setaffinity(0, sizeof mine, &mine);
  if (error != 0) throw std::system_error(error, std::generic_category(), options.program);
}

FunctionProcess::~FunctionProcess() {
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 200; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::chrono::nanoseconds FunctionProcess::cpu_time() const {
  clockid_t clock{};
  timespec time{};
  if (const int error = ::clock_getcpuclockid(pid_, &clock);
      error != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::system_error(error != 0 ? error : errno, std::generic_category(), "CPU time of the function");
  }
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::size_t FunctionProcess::resident_bytes() const {
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t FunctionProcess::threads() const {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(std::distance(
      fs::directory_iterator("/proc/" + std::to_string(pid_) + "/task"), fs::directory_iterator{}));
}

}  // namespace lmi::bench
