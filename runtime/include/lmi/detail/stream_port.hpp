#pragma once

#include <functional>
#include <string_view>
#include <system_error>

namespace lmi::detail {

/// Where the pieces of a streamed answer go. One invocation's own; one write at a time.
class StreamPort {
 public:
  using Written = std::function<void(std::error_code)>;

  StreamPort() = default;
  virtual ~StreamPort() = default;
  StreamPort(const StreamPort&) = delete;
  StreamPort& operator=(const StreamPort&) = delete;

  /// Sends `piece`, which stays as it is until `written` has been called, once: with no error as soon as the
  /// system has taken all of it, else with what went wrong; every later piece then fails too. A blocking
  /// engine's port calls it before it returns, an asynchronous one's on another thread.
  virtual void write(std::string_view piece, Written written) = 0;
};

}  // namespace lmi::detail
