#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace lmi::cli {

/// What the program tells its caller; documented in `lmi --help`.
enum class ExitCode {
  ok = 0,
  failed = 1,  ///< The thing asked for failed.
  usage = 2,   ///< The command line or what it names is wrong; nothing was done.
};

/// An expected failure, as the person at the terminal will read it.
struct Failure {
  Failure() = default;
  // Not an aggregate: one could be made from a lone ExitCode, and Result<ExitCode> would not know which is
  // meant.
  Failure(ExitCode exit_code, std::string what, std::string what_to_do = {}, std::string aws_code = {})
      : exit{exit_code},
        message{std::move(what)},
        advice{std::move(what_to_do)},
        api_code{std::move(aws_code)} {}

  ExitCode exit = ExitCode::failed;
  std::string message;   ///< What happened: one line, no final dot.
  std::string advice;    ///< What to do about it; may be empty.
  std::string api_code;  ///< AWS's name of the error when the endpoint answered with one, else empty.
};

/// Only for .value() of a failed result, which is a bug at the call site.
[[noreturn]] inline void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw std::logic_error{failure.message};
}

template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace lmi::cli
