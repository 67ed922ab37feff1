#pragma once

#include <cassert>
#include <new>
#include <utility>

namespace aws {
namespace lambda_runtime {

/// A result, or the reason there is none. The two types differ.
///
/// Threads:  a plain value: any, as long as nobody moves from it meanwhile.
/// Lifetime: references it returns are valid as long as it is.
/// Errors:   asking for the one that is not there is a bug (assert).
template <typename TResult, typename TFailure>
class outcome {
 public:
  outcome(TResult const& result) : success_{true} { new (&result_) TResult(result); }
  outcome(TFailure const& failure) : success_{false} { new (&failure_) TFailure(failure); }

  outcome(outcome&& other) noexcept : success_{other.success_} {
    if (success_) {
      new (&result_) TResult(std::move(other.result_));
    } else {
      new (&failure_) TFailure(std::move(other.failure_));
    }
  }
  outcome(outcome const&) = delete;
  outcome& operator=(outcome const&) = delete;

  ~outcome() {
    if (success_) {
      result_.~TResult();
    } else {
      failure_.~TFailure();
    }
  }

  bool is_success() const { return success_; }

  TResult const& get_result() const {
    assert(success_);
    return result_;
  }

  TFailure const& get_failure() const {
    assert(!success_);
    return failure_;
  }

 private:
  union {
    TResult result_;
    TFailure failure_;
  };
  bool success_;
};

}  // namespace lambda_runtime
}  // namespace aws
