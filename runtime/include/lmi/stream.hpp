#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi {

namespace detail {
struct Outcome;
}

/// Status, headers and cookies of an answer that is streamed as an HTTP response (function URL, API Gateway).
struct HttpPrelude {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{};  ///< A name given twice: joined by ", ".
  std::vector<std::string> cookies{};                          ///< As in Set-Cookie, e.g. "a=1; Secure".
};

/// The answer of a blocking streaming handler, `void h(E, lmi::Context&, lmi::ResponseStream&)`: what is
/// written leaves at once, in chunks, while the handler goes on.
///
/// A handler that fails before its first byte fails the invocation like any other. One that fails later ends
/// the stream with the error in its trailers: the caller has the bytes until there, and the error. A handler
/// that writes nothing answers with an empty stream.
///
/// Limits (documented for standard Lambda, not for Managed Instances): 200 MB an answer; the first 6 MB as
/// fast as the caller reads, then 2 MB/s. The library adds none of its own.
///
/// Threads:  one at a time. Any thread, but none after the handler has returned.
/// Lifetime: the invocation's; owned by the library.
class ResponseStream {
 public:
  explicit ResponseStream(detail::Outcome& outcome) noexcept : outcome_{&outcome} {}

  /// What the bytes are; "application/octet-stream" unless set. Throws std::logic_error after the first byte.
  void content_type(std::string type);

  /// Makes this an HTTP response: sets the content type the platform knows it by and sends the prelude (JSON,
  /// then eight NUL bytes). The body follows with write(). Throws std::logic_error after the first byte,
  /// lmi::Error for a status outside 100…999 or a line break in a header.
  void begin_http(const HttpPrelude& prelude);

  /// Sends bytes; an empty view only makes the headers leave. Returns when the system has taken all of them:
  /// a slow reader slows the handler down, and nothing is buffered here.
  /// Throws lmi::Error{"StreamClosed"} when the platform takes no more: it has gone, has given up on this
  /// invocation, or has not read anything until the deadline.
  void write(std::string_view bytes);

  /// Whether anything has been sent, which rules out an ordinary error answer.
  [[nodiscard]] bool started() const noexcept;

 private:
  detail::Outcome* outcome_;
};

}  // namespace lmi
