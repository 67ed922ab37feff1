#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::test {

/// A small HTTP/1.1 client on a plain blocking socket: it shares no code with the server it tests, and can do
/// what no polite client does (send half, half-close, vanish).
class EnvironmentClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  struct Response {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< Names in lower case.
    std::string body;

    std::string header(const std::string& lower_case_name) const {
      const auto found = headers.find(lower_case_name);
      return found == headers.end() ? std::string{} : found->second;
    }
    bool has(const std::string& lower_case_name) const { return headers.contains(lower_case_name); }
  };

  /// Connects to 127.0.0.1:`port`; a failure shows as a closed connection.
  explicit EnvironmentClient(unsigned short port);
  ~EnvironmentClient() { close(); }
  EnvironmentClient(EnvironmentClient&& other) noexcept
      : fd_{std::exchange(other.fd_, -1)}, received_{std::move(other.received_)} {}
  EnvironmentClient& operator=(EnvironmentClient&&) = delete;

  /// False when the peer did not take all of it.
  bool send_raw(std::string_view bytes);
  /// Adds Host, and Content-Length unless `headers` has it or Transfer-Encoding.
  bool send(std::string_view method, std::string_view target, const Headers& headers = {},
            std::string_view body = {});
  /// Empty when the connection ended without a response, or nothing came for 30 s.
  std::optional<Response> receive();
  /// The same for a response without a body, whatever its Content-Length says: to HEAD.
  std::optional<Response> receive_head();
  /// The next chunk of a response whose head was received; "" for the last one, which has no trailers here.
  /// Throws std::runtime_error when the connection ends instead.
  std::string receive_chunk();
  /// All that comes until the peer closes.
  std::string receive_rest();
  /// send() and receive(); status 0 when there was no response.
  Response call(std::string_view method, std::string_view target, const Headers& headers = {},
                std::string_view body = {});

  /// True when the peer closed; waits for that.
  bool closed_by_peer();
  void half_close();
  /// With `reset`, by RST instead of FIN.
  void close(bool reset = false);

 private:
  bool fill();  // one recv() more in received_
  bool fill_until(std::size_t size);

  int fd_ = -1;
  std::string received_;
};

/// `body` in chunked framing, with trailers.
std::string chunked(std::string_view body, const EnvironmentClient::Headers& trailers = {});

}  // namespace lmi::test
