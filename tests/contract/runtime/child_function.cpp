#include "child_function.hpp"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <sstream>
#include <stdexcept>

namespace lmi::test {

ChildFunction::ChildFunction(const std::vector<std::string>& arguments, const Environment& environment)
    : output_{::memfd_create("output", MFD_CLOEXEC)} {
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
  ::posix_spawn_file_actions_adddup2(&actions, output_, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output_, STDERR_FILENO);
  const int failure = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error{"cannot start " + program};
}

ChildFunction::~ChildFunction() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  ::close(output_);
}

void ChildFunction::signal(int number) const {
  ::kill(pid_, number);
}

int ChildFunction::wait() {
  if (ended_) return code_;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

std::string ChildFunction::output() const {
  std::string text;
  char bytes[65536];
  for (off_t at = 0;;) {
    const auto count = ::pread(output_, bytes, sizeof bytes, at);
    if (count <= 0) return text;
    text.append(bytes, static_cast<std::size_t>(count));
    at += count;
  }
}

std::vector<std::string> ChildFunction::output_lines() const {
  std::vector<std::string> lines;
  std::istringstream text{output()};
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace lmi::test
