#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace lmi::emulator::model {

/// An error as the API's callers see it. Status and the spelling of the message's key follow from the code;
/// ErrorTable knows them.
struct ApiError {
  ApiError() = default;
  /// Not an aggregate: Result<std::string> must be able to tell a value from an error.
  ApiError(std::string code_, std::string message_, std::string reason_ = {})
      : code{std::move(code_)}, message{std::move(message_)}, reason{std::move(reason_)} {}

  std::string code;     ///< E.g. "ResourceNotFoundException".
  std::string message;  ///< The text AWS uses where it is known.
  std::string reason;   ///< Only of TooManyRequestsException: a ThrottleReason. Empty: omitted.
  bool typed = true;    ///< False: its body has no Type, as a few recorded ones.
};

template <class T>
using Result = boost::system::result<T, ApiError>;

/// Thrown by Result::value() on an error; taking the value of a failure is a bug.
[[noreturn]] void throw_exception_from_error(const ApiError& error, const boost::source_location& where);

// One maker for each code that many places use.
ApiError invalid_parameter(std::string message);
ApiError not_found(std::string message);
ApiError conflict(std::string message);
ApiError validation(std::string message);
/// `what` is a whole sentence naming what is not there and what to do instead.
ApiError not_implemented(std::string what);
/// The same error without a Type in its body.
ApiError without_type(ApiError error);
/// A fault of the emulator or its host, not of the caller.
ApiError service_error(std::string message);

}  // namespace lmi::emulator::model
