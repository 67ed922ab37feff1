#pragma once

#include "support/certificates.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace lmi::test {

struct UpstreamRequest {
  std::string method;
  std::string target;
  std::string head;                            ///< As it came, with its empty line.
  std::map<std::string, std::string> headers;  ///< Names in lower case; the last of a name.
  std::string body;
  unsigned connection = 0;  ///< Counted from 1 since the server was made.
  unsigned nth = 0;         ///< On its connection, from 1.
  bool tls_resumed = false;
  std::string server_name;  ///< SNI.
  std::string protocol;     ///< ALPN.
};

/// What the server does with a request.
struct UpstreamReply {
  std::string bytes;          ///< Sent as they are.
  bool then_close = false;    ///< In good order.
  bool then_reset = false;    ///< By RST.
  bool then_cut = false;      ///< As somebody on the way could do it: with TLS, without a farewell.
  bool then_silence = false;  ///< Stays open and does nothing more until stop().
};

/// A whole reply with Content-Length.
std::string http_reply(unsigned status, const std::string& body, const std::string& extra_headers = {});

/// A loopback HTTP/1.1 server that does what a test tells it; plain sockets and OpenSSL, one thread a
/// connection.
class HttpUpstream {
 public:
  using Script = std::function<UpstreamReply(const UpstreamRequest&)>;

  struct Options {
    Script script;  ///< Runs on the connections' threads.
    std::optional<ServerCertificate> tls{};
    bool silent_handshake = false;  ///< Accepts TCP and then says nothing but the greeting.
    std::string greeting{};
    /// What is sent on "Expect: 100-continue". When it is no 1xx, the body is not read.
    std::string on_expect = "HTTP/1.1 100 Continue\r\n\r\n";
  };

  explicit HttpUpstream(Script script) : HttpUpstream{Options{.script = std::move(script)}} {}
  explicit HttpUpstream(Options options);
  ~HttpUpstream();
  HttpUpstream(const HttpUpstream&) = delete;
  HttpUpstream& operator=(const HttpUpstream&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// "http://127.0.0.1:PORT" or with another host.
  [[nodiscard]] std::string url(const std::string& path = {}, const std::string& host = "127.0.0.1") const;

  /// Drops every connection and listens no more.
  void stop();
  /// Listens again, on the same port.
  void start();
  /// Drops every connection, but goes on listening.
  void drop_connections();

  [[nodiscard]] unsigned connections() const { return accepted_; }
  [[nodiscard]] unsigned requests() const { return requested_; }
  [[nodiscard]] unsigned resumed() const { return resumed_; }

  /// Whether this many requests have come, within a generous time.
  [[nodiscard]] bool wait_for_requests(unsigned count);
  /// Whether every connection has ended, likewise.
  [[nodiscard]] bool wait_for_no_connections();

 private:
  class Session;
  struct Tls;

  void listen();
  void accept_all();
  void serve(int socket, unsigned number);
  void count_request();

  Options options_;
  std::unique_ptr<Tls> tls_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::thread acceptor_;

  std::atomic<unsigned> accepted_{0};
  std::atomic<unsigned> requested_{0};
  std::atomic<unsigned> resumed_{0};
  std::mutex mutex_;  ///< Guards the three below.
  std::condition_variable changed_;
  std::vector<int> sockets_;
  bool stopping_ = false;
  std::vector<std::thread> sessions_;
};

}  // namespace lmi::test
