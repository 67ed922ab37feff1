#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace lmi {

namespace detail {
struct NotFromText {};
}  // namespace detail

/// Why an invocation failed, as its caller will see it.
///
/// Return it in a Result, or throw it: both become the invocation's error answer. The invocation fails;
/// the process and every other invocation go on.
///
/// Threads: a value that owns its text.
struct Error {
  /// Keeps a string, or JSON, from being an Error by itself: a Result of either could not tell the two apart.
  [[no_unique_address]] detail::NotFromText not_from_text{};

  /// A short name in UpperCamelCase letters, e.g. "OrderNotFound". The caller finds it as errorType in the
  /// payload; the platform, its logs and metrics see "Function.OrderNotFound", letters only, because it
  /// replaces types it cannot read.
  std::string type{};

  /// For people. Goes to the caller and to the log: keep secrets out.
  std::string message{};
};

/// A value, or the reason there is none.
template <class T>
using Result = boost::system::result<T, Error>;

/// Found by Result<T>::value() on a failed result: throws the Error itself, so an unchecked
/// `.value()` in a handler fails that invocation with the original type and message.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace lmi
