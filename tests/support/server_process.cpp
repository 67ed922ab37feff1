#include "support/server_process.hpp"

#include "lmi/postgres.hpp"
#include "lmi/redis.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto patience = 60s;

/// The newest PostgreSQL that is installed.
std::filesystem::path postgres_programs() {
  std::filesystem::path newest;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator{"/usr/lib/postgresql", ignored})
    if (std::filesystem::exists(version.path() / "bin/initdb") && version.path() > newest)
      newest = version.path();
  if (newest.empty()) throw std::runtime_error{"PostgreSQL is not installed: see scripts/packages/test.txt"};
  return newest / "bin";
}

}  // namespace

ServerProcess::ServerProcess() {
  // What a killed server leaves running becomes ours, to be ended and waited for.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

ServerProcess::~ServerProcess() {
  if (process_ != 0) kill();
}

void ServerProcess::run_as(const std::string& user) {
  if (::getuid() != 0) return;
  const auto* const found =
      ::getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe): before there are threads
  if (!found) fail("there is no user " + user);
  user_ = found->pw_uid;
  group_ = found->pw_gid;
  if (::chown(directory().c_str(), user_, group_) != 0) fail("chown");
}

pid_t ServerProcess::spawn(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const auto log_file = (directory() / "log").string();
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child != 0) return child;
  // Between fork and exec: only what a signal handler may call.
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (user_ != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(group_) != 0 || ::setuid(user_) != 0))
    ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent || ::chdir("/") != 0) ::_exit(126);
  ::execv(words[0], words.data());
  ::_exit(127);
}

bool ServerProcess::ended() {
  if (process_ != 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = 0;
  return process_ == 0;
}

void ServerProcess::run(const std::vector<std::string>& command) {
  int status = 0;
  ::waitpid(spawn(command), &status, 0);
  if (status != 0) fail(command.front() + " ended with status " + std::to_string(status));
}

void ServerProcess::start(std::vector<std::string> command, std::function<bool()> ready) {
  command_ = std::move(command);
  ready_ = std::move(ready);
  restart();
}

void ServerProcess::restart() {
  const auto end = Clock::now() + patience;
  while (Clock::now() < end) {
    if (ended()) process_ = spawn(command_);
    if (ready_()) return;
    std::this_thread::sleep_for(5ms);  // between questions; the condition decides, not the time
  }
  fail(command_.front() + " does not become ready");
}

void ServerProcess::kill() {
  std::vector<pid_t> others;
  std::ifstream children{"/proc/" + std::to_string(process_) + "/task/" + std::to_string(process_) +
                         "/children"};
  for (pid_t child = 0; children >> child;) others.push_back(child);
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
  for (const auto child : others) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

void ServerProcess::fail(const std::string& what) {
  std::ifstream log{directory() / "log"};
  const std::string text{std::istreambuf_iterator<char>{log}, {}};
  throw std::runtime_error{
      what + "; its log ends with: " + text.substr(text.size() - std::min<std::size_t>(text.size(), 2000))};
}

PostgresServer::PostgresServer() {
  const auto programs = postgres_programs();
  const auto data = (process_.directory() / "data").string();
  process_.run_as("postgres");
  process_.run(
      {programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"});
  process_.start(
      {programs / "postgres", "-D", data, "-k", process_.directory(), "-c", "listen_addresses=", "-c",
       "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=16MB"},
      [this] {
        return postgres::Connection::connect({.conninfo = conninfo()}, {.deadline = Clock::now() + patience})
            .has_value();
      });
}

std::string PostgresServer::conninfo() const {
  return "host=" + process_.directory().string() + " user=postgres dbname=postgres";
}

RedisServer::RedisServer() {
  const std::string program = "/usr/bin/redis-server";
  if (!std::filesystem::exists(program))
    throw std::runtime_error{"Redis is not installed: see scripts/packages/test.txt"};
  process_.start({program, "--port", "0", "--unixsocket", socket(), "--dir", process_.directory(), "--save",
                  "", "--appendonly", "no"},
                 [this] {
                   const auto connection = redis::Connection::connect({.unix_socket = socket()},
                                                                      {.deadline = Clock::now() + patience});
                   return connection && (*connection)->healthy(Clock::now() + patience);
                 });
}

}  // namespace lmi::test
