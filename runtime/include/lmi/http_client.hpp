#pragma once

#include "lmi/context.hpp"
#include "lmi/header_list.hpp"
#include "lmi/http_call_error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace lmi {

/// How long each part of a call may take; all of them end at the caller's deadline in any case. Zero or less
/// is no time at all; milliseconds::max() is no limit of its own.
struct HttpTimeouts {
  std::chrono::milliseconds resolve{2'000};
  std::chrono::milliseconds connect{2'000};  ///< TCP, all addresses of the host together.
  std::chrono::milliseconds tls{3'000};      ///< The handshake.
  /// From the last byte of the request to the first of the reply.
  std::chrono::milliseconds first_byte{15'000};
  /// The whole call: waiting for a connection, every attempt, back-off, redirects.
  std::chrono::milliseconds total{30'000};
  /// With HttpCall::expect_continue: then the body is sent though no "100 Continue" came (RFC 9110 §10.1.1
  /// leaves the time open; curl waits as long).
  std::chrono::milliseconds expect_continue{1'000};
};

/// When a call is tried again.
///
/// Only where that is harmless: when no byte of the request had been sent, or when the method is idempotent
/// (GET, HEAD, OPTIONS, PUT, DELETE; others with HttpCall::idempotency_key) and the connection failed before
/// the first byte of a reply, or the reply was 429, 502, 503 or 504. A time-out is never tried again. A wait
/// that would end after the deadline is not begun: the last reply or error is returned instead.
struct HttpRetries {
  unsigned max_attempts = 3;                  ///< 1: never try again.
  std::chrono::milliseconds first_delay{25};  ///< The ceiling of the first wait; it doubles every time.
  std::chrono::milliseconds longest_delay{1'000};
  /// A Retry-After longer than this is not waited for: the reply is returned.
  std::chrono::milliseconds longest_retry_after{10'000};
  /// Per origin: a retry takes one token, a first attempt gives back `budget_refill`, and there are never
  /// more than `budget` (so many at first). During an outage there are at most 1 + budget_refill requests a
  /// call.
  double budget = 10;
  double budget_refill = 0.1;
};

struct HttpTls {
  /// Off accepts any certificate of anybody: for experiments.
  bool verify = true;
  /// PEM files or texts of authorities to trust, instead of the system's. What cannot be read is thrown by
  /// HttpClient's constructor.
  std::string ca_file{};
  std::string ca_pem{};
};

/// One request out of a handler.
struct HttpCall {
  std::string method = "GET";
  /// http:// or https://, host, optional port, path, query. No user:password; a fragment is not sent.
  std::string url{};
  /// Content-Length, Transfer-Encoding, Connection and the like are the client's own and refused here.
  HeaderList headers{};
  std::string body{};
  /// Sent as Idempotency-Key: the peer recognises a repetition, so POST or PATCH may be tried again.
  std::optional<std::string> idempotency_key{};
  /// Asks before sending the body (Expect: 100-continue).
  bool expect_continue = false;
  /// Instead of the client's; not of resolve, connect and tls, because a connection is opened for whoever
  /// waits longest.
  std::optional<HttpTimeouts> timeouts{};
  std::optional<std::size_t> max_body_bytes{};
};

/// What bounds a call: usually an invocation's deadline and stop token.
struct HttpLimits {
  HttpLimits() = default;  // declared, so that this is no aggregate: see async_send()
  explicit HttpLimits(std::chrono::steady_clock::time_point end) : deadline{end} {}

  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop{};
  std::string request_id{};  ///< For HttpClientOptions::add_headers and leases of the pool.
  std::string trace_id{};    ///< Likewise: the invocation's X-Ray trace header.

  /// An invocation's own, its deadline less what its answer still needs.
  [[nodiscard]] static HttpLimits of(const Context& context, std::chrono::milliseconds reserve = {});
};

struct HttpReply {
  unsigned status = 0;
  HeaderList headers{};  ///< Without trailers.
  std::string body{};    ///< Decoded from chunks; not from a Content-Encoding.

  std::string url{};      ///< Which answered: another than asked for after a redirect.
  unsigned attempts = 0;  ///< Requests sent, those that were redirected included.
  bool connection_reused = false;
  bool tls_session_resumed = false;  ///< Of the connection: an abbreviated handshake.
};

struct HttpClientOptions {
  /// To one origin (scheme, host, port) and in all. A call beyond waits for a connection, oldest first, and
  /// the wait counts against its time.
  std::size_t max_connections_per_origin = 32;
  std::size_t max_connections = 256;
  /// Calls that may wait for a connection to one origin, an idle one or a new one; the next is refused at
  /// once with `unavailable`. At least 1.
  std::size_t max_waiting_per_origin = 1024;
  /// Below the time servers keep idle connections (Node.js: 5 s, nginx: 75 s, an AWS load balancer: 60 s), so
  /// that it is we who close first.
  std::chrono::milliseconds idle_timeout{4'000};
  /// With jitter: a change of the name's address is followed within this time.
  std::chrono::milliseconds max_lifetime{5 * 60 * 1000};

  HttpTimeouts timeouts{};
  HttpRetries retries{};
  HttpTls tls{};
  std::size_t max_body_bytes = 16 * 1024 * 1024;
  /// 301, 302, 303, 307, 308 followed so often. Authorization, Cookie and Proxy-Authorization do not go to
  /// another origin, and https never leads to http.
  unsigned max_redirects = 0;
  std::string user_agent = "lmi-cpp";

  /// Called before every attempt, on the caller's thread, to add or replace headers: trace context, for
  /// example. What it throws, the call throws.
  std::function<void(const HttpCall&, const HttpLimits&, HeaderList&)> add_headers{};

  /// Numeric addresses of a host, instead of the system's resolver. May block, is called from several
  /// threads.
  std::function<std::vector<std::string>(const std::string& host)> resolve{};
};

/// Counted since the client was made.
struct HttpClientMetrics {
  std::uint64_t calls = 0;
  std::uint64_t attempts = 0;  ///< Requests of which at least one byte was sent.
  std::uint64_t retries = 0;
  std::uint64_t retries_over_budget = 0;  ///< Not done because an origin's budget was used up.
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_reused = 0;  ///< Requests sent over a connection that had been used before.
  std::uint64_t stale_connections = 0;   ///< Found closed, or out of step, before reuse.
  std::uint64_t tls_handshakes = 0;
  std::uint64_t tls_sessions_resumed = 0;  ///< Of those.
  std::size_t connections_open = 0;        ///< Now.
};

namespace http_client {
class Core;
}

/// An HTTP/1.1 client for handlers of both kinds: made once in main(), shared by all invocations.
///
/// In a blocking handler:
///
///     const lmi::HttpCall call{.url = "https://api.example.com/orders"};
///     const auto reply = client.send(call, lmi::HttpLimits::of(context));
///     if (!reply) return lmi::Error{.type = "NoOrders", .message = reply.error().message};
///
/// In a coroutine:
///
///     const lmi::HttpCall call{.url = "https://api.example.com/orders"};
///     const auto reply = co_await client.async_send(call, lmi::HttpLimits::of(context));
///
/// Threads:  send() and async_send() may be called from any number of threads at once. Requests are
///           written and read on the thread (the executor) of their caller; new connections are opened on
///           threads of the pool.
/// Lifetime: must outlive its calls: make it before lmi::run(). The destructor closes idle connections.
/// Time:     see HttpTimeouts; nothing goes on past limits.deadline by more than scheduling.
/// Errors:   HttpCallError; exceptions only from the caller's own callbacks and for want of memory. A
///           call that ends early, for whatever reason, closes its connection: no other call reads its
///           answer.
class HttpClient {
 public:
  /// Throws lmi::Error: "InvalidHttpClient" for a limit of 0 (or over 4096 an origin), "InvalidHttpTls" for
  /// an authority that cannot be read.
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Blocks the calling thread until there is a reply or an error.
  [[nodiscard]] HttpResult<HttpReply> send(const HttpCall& call, const HttpLimits& limits = {});

  /// The same for coroutines: an lmi::Task<HttpResult<HttpReply>>, which keeps copies of call and limits.
  /// Include <lmi/http_client_async.hpp>. The coroutine's executor must run one thing at a time, as a
  /// handler's does: a strand, or a loop with one thread. (A template only so that this header need not name
  /// Asio.)
  template <int asio_included = 1>
  [[nodiscard]] auto async_send(const HttpCall& call, const HttpLimits& limits = {}) {
    return start_call(std::integral_constant<int, asio_included>{}, *core_, call, limits);
  }

  /// Give the call a name first: g++ up to 12 at least destroys a braced temporary inside a co_await
  /// expression twice.
  template <int asio_included = 1>
  auto async_send(HttpCall&& call, const HttpLimits& limits = {}) = delete;

  [[nodiscard]] HttpClientMetrics metrics() const;

 private:
  std::unique_ptr<http_client::Core> core_;
};

}  // namespace lmi
