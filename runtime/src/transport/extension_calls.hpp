#pragma once

#include "transport/connection.hpp"
#include "wire/requests.hpp"

#include <boost/system/result.hpp>

#include <atomic>
#include <string>
#include <string_view>

namespace lmi::transport {

/// Why a call to the Extensions or Telemetry API gave nothing.
struct CallFailure {
  int status = 0;            ///< Of the reply; 0: there was none.
  bool interrupted = false;  ///< By interrupt(), so not a failure of the platform.
  std::string text;          ///< What happened, or the reply's body.
};

/// Found by result::value(): reading a reply that is not there is a bug.
[[noreturn]] void throw_exception_from_error(const CallFailure& failure, const boost::source_location& where);

template <class T>
using CallResult = boost::system::result<T, CallFailure>;

/// The calls of an extension, internal or external, one connection each: they are few. Everything but next()
/// gives up after two seconds.
///
/// Threads: next() from one at a time; everything else from any, at any time.
class ExtensionCalls {
 public:
  /// Both must outlive it.
  ExtensionCalls(const Endpoint& endpoint, const wire::RequestWriter& writer) noexcept;

  struct SignedUp {
    std::string id;
    std::string body;  ///< What the platform tells about the function: JSON.
  };
  CallResult<SignedUp> sign_up(std::string_view name, std::string_view accept_features,
                               std::string_view body);

  /// Waits for the next event, without limit: JSON.
  CallResult<std::string> next(std::string_view id);

  /// Asks for the next event and does not wait for it: for one who subscribes to nothing, but has to have the
  /// request pending. Not together with next().
  CallResult<void> ask_for_next(std::string_view id);

  /// `body` as wire::error_body() makes it.
  CallResult<void> init_error(std::string_view id, std::string_view error_type, std::string_view body);
  CallResult<void> exit_error(std::string_view id, std::string_view error_type, std::string_view body);

  CallResult<void> subscribe_telemetry(std::string_view id, std::string_view body);

  /// Ends next(), the one under way and every later one.
  void interrupt();

 private:
  CallResult<void> call(const std::string& head, std::string_view body) const;

  const Endpoint& endpoint_;
  const wire::RequestWriter& writer_;
  Connection waiting_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace lmi::transport
