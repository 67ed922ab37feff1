#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace lmi::cli::load {

/// Under what a failed invocation is counted.
struct FailureClass {
  enum class Kind {
    throttled,   ///< 429; detail: AWS's Reason.
    function,    ///< The function failed; detail: its errorType.
    rejected,    ///< Another error answer; detail: status and AWS's code.
    timeout,     ///< No whole answer in time.
    connection,  ///< Could not connect, or the connection broke; detail: why.
    protocol,    ///< What came back is not HTTP; detail: why.
  };
  Kind kind = Kind::rejected;
  std::string detail;

  friend auto operator<=>(const FailureClass&, const FailureClass&) = default;
};

/// "throttled", "function error", …: as the result table prints it.
std::string_view name_of(FailureClass::Kind kind);

/// An answer to Invoke, as far as it tells success from failure.
struct Answer {
  unsigned status = 0;
  std::string_view function_error;  ///< X-Amz-Function-Error; empty: none.
  std::string_view error_type;      ///< x-amzn-ErrorType; may be empty.
  std::string_view body;
};

inline bool succeeded(const Answer& answer) noexcept {
  return answer.status == 200 && answer.function_error.empty();
}

/// Of an answer that did not succeed.
FailureClass classify(const Answer& answer);

}  // namespace lmi::cli::load
