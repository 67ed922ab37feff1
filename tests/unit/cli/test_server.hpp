#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace lmi::cli::test {

struct Received {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
};

/// What the server does with a request.
struct Reply {
  std::string bytes;          ///< Sent as they are. Empty: nothing is sent.
  bool then_close = false;    ///< Else the connection is kept.
  bool then_silence = false;  ///< The connection stays open, but nothing more is read.
};

/// A whole HTTP response with Content-Length.
std::string http_response(unsigned status, const std::string& body, const std::string& extra_headers = {});

/// A loopback HTTP server that answers as `answer` says, which runs on a thread of each connection.
class TestServer {
 public:
  explicit TestServer(std::function<Reply(const Received&)> answer);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// Connections accepted so far.
  unsigned connections() const;

 private:
  void accept_all();
  void serve(int socket);

  std::function<Reply(const Received&)> answer_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  ///< Guards the two below.
  std::vector<int> sockets_;
  std::vector<std::thread> sessions_;
  std::thread acceptor_;
};

}  // namespace lmi::cli::test
