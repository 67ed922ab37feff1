#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lmi::wire {

/// What the library reads from a reply. The strings keep their memory from one reply to the next.
/// An absent header and an empty one are the same: an empty string.
struct Reply {
  int status = 0;
  bool keep_alive = true;

  std::string request_id;
  std::string invocation_id;  ///< Names the attempt; to be echoed when it is not empty.
  std::string function_arn;
  std::string trace_id;
  std::string client_context;
  std::string cognito_identity;
  std::string tenant_id;
  std::string content_type;
  std::string extension_id;
  std::string retry_after;
  std::optional<std::int64_t> deadline_ms;  ///< Milliseconds since 1970; nothing when absent or not a number.

  std::string body;

  /// Back to the initial state. Gives back memory only where an unusually large body was kept.
  void clear();
};

/// Parses one HTTP/1.1 reply after the other as bytes arrive. No I/O.
///
///     parser.start();
///     n = receive into parser.space();
///     parser.received(n) …             until complete or malformed
///
/// Bytes that follow a complete reply are a server's mistake: the reply counts, its connection does not.
class ReplyParser {
 public:
  enum class State {
    incomplete,  ///< More bytes are needed.
    complete,    ///< reply() holds the whole reply.
    malformed,   ///< Not HTTP, or cut short; the connection is of no more use. problem() says what it was.
  };

  /// Bytes are received into `space`, memory of the caller's that outlives the parser, as long as they fit;
  /// without it, into the parser's own.
  explicit ReplyParser(std::span<char> space = {});
  ~ReplyParser();
  ReplyParser(const ReplyParser&) = delete;
  ReplyParser& operator=(const ReplyParser&) = delete;

  /// Forgets the last reply and waits for the next.
  void start();

  /// Overwrites with zeros what of the caller's space any reply has been received into. Part of start().
  void wipe() noexcept;

  /// Where to put the next bytes; never empty. Valid until the next call.
  [[nodiscard]] std::span<char> space();

  /// `n` bytes have been put at the start of space().
  State received(std::size_t n);

  /// The peer closed the connection: complete when that is how this reply's end is marked.
  State closed();

  /// Whether any byte of the current reply has arrived.
  [[nodiscard]] bool started() const noexcept;

  /// Whether its status and headers are there. Until the next space() their bytes stay where they were
  /// received.
  [[nodiscard]] bool header_complete() const noexcept;

  /// The current reply. Swap it away to keep it: both sides then keep their memory.
  [[nodiscard]] Reply& reply() noexcept;

  [[nodiscard]] const std::string& problem() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::wire
