#pragma once

#include "http/exchange.hpp"

#include <string>
#include <vector>

namespace lmi::emulator::http {

/// How the end of a response's body is told.
enum class BodyFraming {
  sized,        ///< Content-Length.
  chunked,      ///< Transfer-Encoding: chunked.
  until_close,  ///< By closing, for HTTP/1.0.
  none,         ///< No body is sent: the answer to HEAD, and statuses without one.
};

/// What a streamed response has yet to send: frames the pieces and knows whom to tell when they are written.
/// No I/O: the session writes what next() gives.
class OutgoingBody {
 public:
  /// `head`: status line and header fields, to be sent first.
  OutgoingBody(BodyFraming framing, std::string head) : framing_{framing}, waiting_{std::move(head)} {}

  /// False when there was nothing to be sent for these bytes: `more` is left with the caller.
  bool add(const std::string& bytes, More& more);
  void finish();

  bool has_next() const noexcept { return !waiting_.empty(); }
  /// All that waits. Precondition: what it gave before was written.
  std::string next();
  /// To be called when what next() gave was written.
  std::vector<More> written();
  /// finish() was called and nothing waits.
  bool ended() const noexcept { return finished_ && waiting_.empty(); }

  /// Everybody who still waits for something to be written, when it never will be.
  std::vector<More> give_up();

 private:
  BodyFraming framing_;
  std::string waiting_;
  std::vector<More> waiting_told_;    // of the pieces in waiting_
  std::vector<More> under_way_told_;  // of those next() gave
  bool finished_ = false;
};

}  // namespace lmi::emulator::http
