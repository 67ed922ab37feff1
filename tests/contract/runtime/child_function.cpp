#include "child_function.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace lmi::test {

ChildFunction::ChildFunction(const std::vector<std::string>& arguments, const Environment& environment) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
  std::vector<std::string> texts;
  for (const auto& [name, value] : environment) texts.push_back(name + "=" + value);
  std::vector<char*> variables;
  for (auto& text : texts) variables.push_back(text.data());
  variables.push_back(nullptr);

  std::string program = LMI_TEST_BOOTSTRAP;
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  const int failure = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failure != 0) throw std::runtime_error{"cannot start " + program};
  reader_ = std::thread{[this, end = ends[0]] {
    char bytes[65536];
    for (ssize_t count = 0; (count = ::read(end, bytes, sizeof bytes)) > 0;) {
      const std::lock_guard lock{mutex_};
      output_.append(bytes, static_cast<std::size_t>(count));
      more_output_.notify_all();
    }
    ::close(end);
  }};
}

ChildFunction::~ChildFunction() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    wait();
  }
}

void ChildFunction::signal(int number) const {
  ::kill(pid_, number);
}

std::vector<pid_t> ChildFunction::children() const {
  const auto id = std::to_string(pid_);
  std::ifstream list{"/proc/" + id + "/task/" + id + "/children"};
  return {std::istream_iterator<pid_t>{list}, {}};
}

int ChildFunction::wait() {
  if (ended_) return code_;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
  reader_.join();  // the pipe ends with the process
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

bool ChildFunction::wait_for_output(std::string_view text, std::size_t times) {
  std::unique_lock lock{mutex_};
  return more_output_.wait_for(lock, std::chrono::seconds{30}, [&] {
    auto at = std::string::size_type{0};
    for (std::size_t found = 0; (at = output_.find(text, at)) != std::string::npos; ++at)
      if (++found == times) return true;
    return false;
  });
}

std::string ChildFunction::output() {
  const std::lock_guard lock{mutex_};
  return output_;
}

std::vector<std::string> ChildFunction::output_lines() {
  std::vector<std::string> lines;
  std::istringstream text{output()};
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace lmi::test
