#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace lmi::wire {

/// Parses one HTTP/1.1 request after the other as bytes arrive: what a subscriber of telemetry is sent. No
/// I/O.
class RequestParser {
 public:
  enum class State {
    incomplete,  ///< More bytes are needed.
    complete,    ///< body() is whole.
    malformed,   ///< Not HTTP, or more than `body_limit`; the connection is of no more use.
  };

  explicit RequestParser(std::size_t body_limit);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  /// Where to put the next bytes; never empty. Valid until the next call.
  [[nodiscard]] std::span<char> space();

  /// `n` bytes have been put at the start of space().
  State received(std::size_t n);

  /// Forgets the request that is complete and goes on with the bytes behind it.
  State next();

  /// Whether any byte of the current request has arrived.
  [[nodiscard]] bool started() const noexcept;

  /// Of a complete request.
  [[nodiscard]] std::string& body() noexcept;
  [[nodiscard]] bool keep_alive() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::wire
