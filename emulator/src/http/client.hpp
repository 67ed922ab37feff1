#pragma once

#include "http/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace lmi::emulator::http {

/// Ours: ten SQS messages of the largest kind (1 MiB each) as JSON, in which a byte may take six.
inline constexpr std::size_t default_max_answer_bytes = 64 * 1024 * 1024;

/// A request to a server somewhere, over plain HTTP. Host, Content-Length and Connection are added.
struct ClientRequest {
  std::string host;  ///< A name or an address.
  unsigned short port = 80;
  std::string authority{};  ///< For the Host header.
  std::string method = "POST";
  std::string target = "/";  ///< Path and query, percent-encoded.
  Headers headers{};
  std::string body{};
  std::chrono::milliseconds limit{30'000};                  ///< Of the whole exchange.
  std::size_t max_answer_bytes = default_max_answer_bytes;  ///< A larger body is a failure.
  bool status_only = false;  ///< The answer's head is enough; its body is not waited for.
};

/// How it went. Any status is an answer.
struct ClientAnswer {
  std::string failure{};  ///< Why no answer came, for people; empty: one came.
  unsigned status = 0;
  Headers headers{};
  std::string body{};

  bool is_success() const { return failure.empty() && status >= 200 && status < 300; }
};

/// Sends requests, each on a connection of its own.
///
/// Threads: loop thread only.
class Client {
 public:
  /// A request under way. Destroying it ends that; nothing is told any more.
  class Call {
   public:
    virtual ~Call() = default;
  };
  using Done = std::function<void(const ClientAnswer&)>;

  virtual ~Client() = default;

  /// `done` is called once, never from inside.
  [[nodiscard]] virtual std::unique_ptr<Call> send(ClientRequest request, Done done) = 0;
};

}  // namespace lmi::emulator::http
