#pragma once

#include "http/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::http {

/// Takes the bytes of one request after the other and sorts them into head, body and trailers. No I/O: the
/// session feeds it and decides what to do with the body. Beast's parser is behind it, so its headers stay in
/// one file.
class RequestParser {
 public:
  static constexpr std::size_t max_head_bytes = 64 * 1024;

  enum class Status {
    need_more,    ///< All useful bytes were consumed; what is left must be offered again with more after it.
    head_done,    ///< Returned once: the head is complete, the body not yet looked at.
    done,         ///< The whole request was consumed.
    bad_request,  ///< Not HTTP/1.x, or not any longer. Nothing more can be read from this peer.
    head_too_large,  ///< Head, chunk header or trailers over max_head_bytes.
    body_limit_hit,  ///< The body's next byte would exceed the limit. Raise it or discard to go on.
  };
  struct Progress {
    Status status = Status::need_more;
    std::size_t consumed = 0;
  };

  RequestParser();
  ~RequestParser();

  /// Offers bytes. Call again with the unconsumed rest until need_more or a final status.
  Progress feed(std::string_view bytes);

  /// Body bytes to accept in all, those already taken included; more give body_limit_hit. 0 at first.
  void body_limit(std::size_t bytes);
  /// Makes room for a whole body of the announced size, up to the limit.
  void reserve_body();
  /// Body bytes are counted and dropped from now on.
  void discard_body();

  bool head_complete() const noexcept;
  bool complete() const noexcept;
  /// True once any byte of the current request was seen.
  bool started() const noexcept;

  /// Of the current request; valid once the head is complete.
  bool keep_alive() const;
  bool http_1_0() const;
  bool expects_continue() const;
  std::optional<std::uint64_t> content_length() const;
  bool has_body() const;
  /// Whether take_body() would give anything.
  bool holds_body_bytes() const noexcept;

  Head take_head();
  /// What has arrived since the last call.
  std::string take_body();
  Headers take_trailers();
  /// Why the last status was bad_request.
  const std::string& error() const noexcept;

  /// Makes ready for the next request of the same connection.
  void reset();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lmi::emulator::http
