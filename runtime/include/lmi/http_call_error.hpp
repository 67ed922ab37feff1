#pragma once

#include "lmi/error.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace lmi {

/// Why a call of HttpClient has no reply, at the grain a caller can act on. A reply of any status is a reply.
enum class HttpErrc {
  invalid_call = 1,  ///< The call itself: URL, method, a header with CR, LF or NUL. Nothing was sent.
  resolve_failed,    ///< The name has no address, or no name server answered.
  connect_failed,    ///< No address accepted a connection.
  tls_failed,        ///< No trusted, encrypted channel; the message has the reason, e.g. of the certificate.
  timed_out,         ///< A time limit or the invocation's deadline; `phase` says during what.
  stopped,           ///< The caller's stop token, or the coroutine was cancelled.
  connection_lost,   ///< The peer closed or reset an established connection before the reply was whole.
  too_large,         ///< The reply's body or header block is over the limit.
  protocol_error,    ///< What came is not an HTTP/1.1 reply.
  unavailable,       ///< No connection to be had: queue full, circuit open, or the client is closing.
};

/// What a call was doing.
enum class HttpPhase {
  preparing,   ///< Before anything else.
  waiting,     ///< For one of the connections allowed to become free.
  resolving,   ///< The host's name.
  connecting,  ///< TCP.
  handshake,   ///< TLS.
  sending,     ///< The request.
  first_byte,  ///< The request is sent, no byte of the reply is here.
  receiving,   ///< The reply has begun.
  back_off,    ///< Between two attempts.
};

[[nodiscard]] std::string_view to_string(HttpErrc code) noexcept;
[[nodiscard]] std::string_view to_string(HttpPhase phase) noexcept;

/// An expected failure of a call: `code` and `phase` are for programs, `message` is for people. It names host
/// and port, never the path, headers or bodies, which may hold secrets. Threads: a value that owns its text.
struct HttpCallError {
  HttpErrc code{};
  HttpPhase phase{};
  std::string message{};
  unsigned attempts = 0;  ///< Requests of which at least one byte was sent.
};

/// The same as an invocation's error: type "HttpTimedOut", "HttpTlsFailed", …
[[nodiscard]] Error to_error(const HttpCallError& error);

template <class T>
using HttpResult = boost::system::result<T, HttpCallError>;

/// Found by HttpResult<T>::value() on a failed result: throws to_error(error), so that an unchecked
/// `.value()` in a handler fails that invocation with a type and a message.
[[noreturn]] void throw_exception_from_error(const HttpCallError& error, const boost::source_location& where);

}  // namespace lmi
