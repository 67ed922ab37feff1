#pragma once

#include "lmi/middleware.hpp"

#include <functional>

namespace lmi {

/// The middleware that lets only those invocations through that a check of yours accepts.
///
///     lmi::Authorize authorize{[&](const lmi::RawEvent& event, const lmi::Context& context) {
///       return verify(bearer_token(event.data), keys);
///     }};
///     return lmi::run(handler, {.middleware = {&authorize}});
///
/// Threads:  the check runs for many invocations at once; around a coroutine handler it must not wait.
/// Lifetime: must outlive run().
/// Errors:   a refused invocation gets Function.Unauthorized, or status 401 (see Refusal); an exception from
///           the check is the invocation's error. Neither says why to the caller, unless the exception does.
class Authorize final : public Middleware {
 public:
  using Check = std::function<bool(const RawEvent& event, const Context& context)>;

  enum class Refusal {
    error,     ///< The invocation fails with type Unauthorized.
    http_401,  ///< It is answered with statusCode 401, for API Gateway, ALB and function URLs.
  };

  explicit Authorize(Check check, Refusal refusal = Refusal::error);

  Decision before(const RawEvent& event, Context& context) override;

 private:
  const Check check_;
  const Refusal refusal_;
};

}  // namespace lmi
