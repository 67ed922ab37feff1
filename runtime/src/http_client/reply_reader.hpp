#pragma once

#include "lmi/http_client.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace lmi::http_client {

/// One reply out of the bytes of a connection. Does no I/O. Beast stays behind it.
class ReplyReader {
 public:
  enum class State {
    incomplete,  ///< More bytes are needed.
    go_on,       ///< "100 Continue" came (reported once); more bytes are needed.
    complete,
    too_large,
    malformed,
  };

  /// `no_body`: the reply is to a HEAD.
  ReplyReader(std::size_t max_body_bytes, bool no_body);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Where to put the next bytes; never empty. Valid until the next call.
  [[nodiscard]] std::span<char> space();

  /// `count` bytes were put there.
  State received(std::size_t count);

  /// The peer has closed its side in good order.
  State closed();

  /// Whether any byte has come.
  [[nodiscard]] bool started() const noexcept;

  /// Whether the connection may carry another request: the reply is whole, says so and nothing follows it.
  [[nodiscard]] bool keep_alive() const noexcept;

  /// What was wrong, for people.
  [[nodiscard]] const std::string& problem() const noexcept;

  [[nodiscard]] HttpReply& reply() noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::http_client
