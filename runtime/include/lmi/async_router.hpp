#pragma once

// Router for coroutine handlers. Shows Asio, as <lmi/async.hpp> does.

#include "lmi/async.hpp"
#include "lmi/detail/route_table.hpp"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lmi {

namespace detail {

// A named coroutine rather than a lambda: its arguments live in its own frame.
template <class H>
Task<HttpResponse> call_route(std::shared_ptr<H> handler, HttpRequest request, Context context) {
  using Shape = SignatureFor<H>;
  const auto call = [&] {
    if constexpr (Shape::takes_context) {
      return std::invoke(*handler, std::move(request), context);
    } else {
      return std::invoke(*handler, std::move(request));
    }
  };
  if constexpr (returns_task<H>) {
    co_return unwrap_response(co_await call());
  } else {
    co_return unwrap_response(call());
  }
}

}  // namespace detail

/// A pattern, as Route's, and a handler: a coroutine `Task<R> h(HttpRequest)` or `Task<R> h(HttpRequest,
/// Context)`, R an HttpResponse or a Result<HttpResponse>; or a plain function of the same parameters that
/// returns R and does not block: it runs on one of the few workers.
class AsyncRoute {
 public:
  using Function = std::function<Task<HttpResponse>(HttpRequest, Context)>;

  template <class Handler>
  AsyncRoute(std::string route_pattern, Handler&& route_handler)
      : pattern{std::move(route_pattern)}, handler{erase(std::forward<Handler>(route_handler))} {}

  std::string pattern;
  Function handler;

 private:
  template <class Handler>
  static Function erase(Handler&& handler) {
    using Shape = detail::SignatureFor<Handler>;
    static_assert(std::is_same_v<typename Shape::Event, HttpRequest>,
                  "a route's handler takes an lmi::HttpRequest");
    auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
    return [shared = std::move(shared)](HttpRequest request, Context context) {
      return detail::call_route(shared, std::move(request), context);
    };
  }
};

/// Router, with the same rules, for coroutines: `lmi::run(lmi::AsyncRouter{{ … }})`.
///
/// Threads:  cannot be changed once made; any number of calls at once. Each handler runs on its invocation's
///           strand.
/// Lifetime: must outlive its calls; request and context are the coroutine's own.
/// Errors:   as Router's.
class AsyncRouter {
 public:
  explicit AsyncRouter(std::vector<AsyncRoute> routes, RouterOptions options = {});

  Task<HttpResponse> operator()(HttpRequest request, Context context) const;

 private:
  detail::RouteTable table_;
  std::vector<AsyncRoute::Function> handlers_;
  RouterOptions options_;
};

}  // namespace lmi
