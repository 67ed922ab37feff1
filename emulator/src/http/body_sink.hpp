#pragma once

#include "http/exchange.hpp"

#include <string>

namespace lmi::emulator::http {

/// Takes the body of a streamed answer on its way from a function to its caller.
///
/// Threads:  loop thread only.
/// Lifetime: shared by whoever produces and whoever consumes; its end is told by other means.
class BodySink {
 public:
  virtual ~BodySink() = default;

  /// The answer has begun. Once, before the first piece.
  virtual void begin(const std::string& content_type) = 0;

  /// Takes `bytes`; the next piece comes only after `more` was called, from inside or later.
  virtual void piece(std::string bytes, More more) = 0;
};

}  // namespace lmi::emulator::http
