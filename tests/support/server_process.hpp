#pragma once

#include "support/temporary_directory.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lmi::test {

/// A server from a Debian package, in a directory of its own, as a child of the test: killed with it,
/// whatever happens to the test. Every wait gives up after a minute by throwing, with the end of the server's
/// log.
class ServerProcess {
 public:
  ServerProcess();
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::filesystem::path& directory() const noexcept { return directory_.path(); }

  /// Hands the directory to this user when the test is root, because PostgreSQL refuses to be.
  void run_as(const std::string& user);

  /// Runs to its end; throws when that is not 0.
  void run(const std::vector<std::string>& command);

  /// Starts until it is `ready`: a server that was killed may need several tries.
  void start(std::vector<std::string> command, std::function<bool()> ready);

  /// SIGKILL to it and its children, and the end of them all.
  void kill();

  /// As before.
  void restart();

 private:
  pid_t spawn(const std::vector<std::string>& command);
  bool ended();
  [[noreturn]] void fail(const std::string& what);

  TemporaryDirectory directory_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  std::vector<std::string> command_;
  std::function<bool()> ready_;
  pid_t process_ = 0;
};

/// A PostgreSQL server on a Unix socket in its directory, with the database and superuser "postgres".
class PostgresServer {
 public:
  PostgresServer();
  std::string conninfo() const;
  void kill() { process_.kill(); }
  void restart() { process_.restart(); }

 private:
  ServerProcess process_;
};

/// A Redis server on a Unix socket in its directory.
class RedisServer {
 public:
  RedisServer();
  std::string socket() const { return process_.directory() / "redis.sock"; }
  void kill() { process_.kill(); }
  void restart() { process_.restart(); }

 private:
  ServerProcess process_;
};

}  // namespace lmi::test
