#include "lmi/http_call_error.hpp"

#include <utility>

namespace lmi {

std::string_view to_string(HttpErrc code) noexcept {
  switch (code) {
    case HttpErrc::invalid_call: return "HttpInvalidCall";
    case HttpErrc::resolve_failed: return "HttpResolveFailed";
    case HttpErrc::connect_failed: return "HttpConnectFailed";
    case HttpErrc::tls_failed: return "HttpTlsFailed";
    case HttpErrc::timed_out: return "HttpTimedOut";
    case HttpErrc::stopped: return "HttpStopped";
    case HttpErrc::connection_lost: return "HttpConnectionLost";
    case HttpErrc::too_large: return "HttpReplyTooLarge";
    case HttpErrc::protocol_error: return "HttpProtocolError";
    case HttpErrc::unavailable: return "HttpUnavailable";
  }
  return "HttpError";
}

std::string_view to_string(HttpPhase phase) noexcept {
  switch (phase) {
    case HttpPhase::preparing: return "preparing";
    case HttpPhase::waiting: return "waiting for a connection";
    case HttpPhase::resolving: return "resolving the name";
    case HttpPhase::connecting: return "connecting";
    case HttpPhase::handshake: return "the TLS handshake";
    case HttpPhase::sending: return "sending the request";
    case HttpPhase::first_byte: return "waiting for the reply";
    case HttpPhase::receiving: return "receiving the reply";
    case HttpPhase::back_off: return "waiting to try again";
  }
  return "unknown";
}

Error to_error(const HttpCallError& error) {
  return {.type = std::string{to_string(error.code)}, .message = error.message};
}

void throw_exception_from_error(const HttpCallError& error, const boost::source_location& /*where*/) {
  throw to_error(error);
}

}  // namespace lmi
