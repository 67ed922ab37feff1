#pragma once

#include <string>

namespace lmi {

/// Raw bytes and what they are. As an event: exactly what the caller sent. As an answer: exactly what the
/// caller gets. Threads: a value that owns its bytes. Errors: none.
struct Payload {
  std::string data{};

  /// As an event: the caller's Content-Type, empty when there was none.
  /// As an answer: empty means application/json.
  std::string content_type{};
};

}  // namespace lmi
