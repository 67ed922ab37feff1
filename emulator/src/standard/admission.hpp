#pragma once

#include "standard/parameters.hpp"
#include "standard/rate.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::standard {

/// What may run at once, as it is when a call comes.
struct Limits {
  std::optional<unsigned> reserved;  ///< Of the function; absent: it shares `unreserved` with others.
  unsigned unreserved = 1000;        ///< Of all functions together that have nothing reserved.
};

/// Why a call is refused.
enum class Refusal {
  concurrency,           ///< The account's unreserved part is in use.
  reserved_concurrency,  ///< The function's own part is.
  call_rate,             ///< More calls a second than the account may make.
  reserved_call_rate,    ///< More than the function's own part may take.
  start_rate,            ///< It would need an environment, and too many were started lately.
};

/// Counts calls against the limits. A function that has concurrency reserved is counted by itself, also for
/// its calls from before it had.
class Admission {
 public:
  explicit Admission(const Parameters& parameters);

  /// Counts a call of `function`, or says why not.
  std::optional<Refusal> admit(const std::string& function, Limits limits, Time now);
  /// An admitted call is over.
  void leave(std::string_view function);
  /// Counts the start of an environment; false: not now.
  bool admit_start(const std::string& function, Time now);
  /// The function is no more; calls of it that still run go on being counted.
  void forget(std::string_view function);

  unsigned in_flight(std::string_view function) const;

 private:
  struct Function {
    Rate starts;
    Rate calls;  ///< Of a function with reserved concurrency.
    unsigned in_flight = 0;
    bool has_reserved = false;
    bool forgotten = false;
  };
  Function& function(const std::string& name);

  const Parameters& parameters_;
  std::map<std::string, Function, std::less<>> functions_;
  unsigned unreserved_in_flight_ = 0;
  Rate account_calls_;
};

}  // namespace lmi::emulator::standard
