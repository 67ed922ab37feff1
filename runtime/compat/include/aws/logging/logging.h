#pragma once

// aws-lambda-cpp's logging. Lines go where lmi's go: inside run_handler() one JSON object on stderr, with the
// request id of the invocation whose handler logs. AWS_LAMBDA_LOG works as it did: a number that the program
// is compiled with, 1 keeps log_info(), 2 log_debug() too.

#include <cstdarg>

namespace aws {
namespace logging {

enum class verbosity {
  error,
  info,
  debug,
};

/// printf's rules, for the log_… functions too.
///
/// Threads:  any; each call is one line, never inside another. It carries the request id on the handler's own
///           thread.
/// Lifetime: nothing is kept; `arguments` is the caller's to end.
/// Errors:   none is reported: one that cannot be formatted is logged as its format. Below 64 KiB; longer
/// ones
///           are cut and say so.
void log(verbosity level, char const* tag, char const* format, va_list arguments);

[[gnu::format(printf, 2, 3)]] inline void log_error(char const* tag, char const* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  log(verbosity::error, tag, format, arguments);
  va_end(arguments);
}

[[gnu::format(printf, 2, 3)]] static inline void log_info(char const* tag, char const* format, ...) {
#if defined(AWS_LAMBDA_LOG) && AWS_LAMBDA_LOG >= 1
  va_list arguments;
  va_start(arguments, format);
  log(verbosity::info, tag, format, arguments);
  va_end(arguments);
#else
  (void)tag;
  (void)format;
#endif
}

[[gnu::format(printf, 2, 3)]] static inline void log_debug(char const* tag, char const* format, ...) {
#if defined(AWS_LAMBDA_LOG) && AWS_LAMBDA_LOG >= 2
  va_list arguments;
  va_start(arguments, format);
  log(verbosity::debug, tag, format, arguments);
  va_end(arguments);
#else
  (void)tag;
  (void)format;
#endif
}

}  // namespace logging
}  // namespace aws
