#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace lmi {

/// Why something of the Extensions or Telemetry API did not work. Threads: a value that owns its text.
struct ExtensionError {
  enum class Kind {
    environment,  ///< Not inside Lambda, or a variable is malformed: `message` names it and its value.
    argument,     ///< This platform cannot serve what was asked for; nothing was sent.
    unreachable,  ///< No connection, or no reply.
    refused,      ///< The platform said no: `status` and `type` say how.
    protocol,     ///< A reply that is none: no identifier, or not JSON.
    local,        ///< This process cannot: no port, no thread.
    interrupted,  ///< By interrupt().
  };
  Kind kind = Kind::protocol;
  int status = 0;         ///< HTTP status of the reply; 0: there was none.
  std::string type{};     ///< errorType of a refusal, e.g. "Extension.RegistrationClosed".
  std::string message{};  ///< For people.
};

template <class T>
using ExtensionResult = boost::system::result<T, ExtensionError>;

/// Found by ExtensionResult::value() on a failed result: throws an lmi::Error of type "ExtensionError".
[[noreturn]] void throw_exception_from_error(const ExtensionError& error,
                                             const boost::source_location& where);

}  // namespace lmi
