#pragma once

#include "lmi/context.hpp"
#include "lmi/detail/handler.hpp"
#include "lmi/detail/route_table.hpp"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lmi {

/// A pattern and the blocking handler of the requests it matches.
///
/// The pattern is written as API Gateway writes route keys: a method (or ANY) and a path of fixed segments,
/// {parameters} that stand for one segment, and at the end perhaps a {tail+} for all that remain, at least
/// one:
///
///     "GET /orders"   "GET /orders/{id}"   "ANY /files/{path+}"
///
/// The handler is `R h(const HttpRequest&)` or `R h(const HttpRequest&, Context&)`, R an HttpResponse or a
/// Result<HttpResponse>. It is called from many threads at once.
class Route {
 public:
  using Function = std::function<HttpResponse(const HttpRequest&, Context&)>;

  template <class Handler>
  Route(std::string route_pattern, Handler&& route_handler)
      : pattern{std::move(route_pattern)}, handler{erase(std::forward<Handler>(route_handler))} {}

  std::string pattern;
  Function handler;

 private:
  template <class Handler>
  static Function erase(Handler&& handler) {
    using Shape = detail::SignatureFor<Handler>;
    static_assert(std::is_same_v<typename Shape::Event, HttpRequest>,
                  "a route's handler takes an lmi::HttpRequest");
    static_assert(!detail::returns_task<Handler>, "coroutine handlers belong into an lmi::AsyncRouter");
    auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
    return [shared = std::move(shared)](const HttpRequest& request, [[maybe_unused]] Context& context) {
      if constexpr (Shape::takes_context) {
        return detail::unwrap_response(std::invoke(*shared, request, context));
      } else {
        return detail::unwrap_response(std::invoke(*shared, request));
      }
    };
  }
};

/// Sends each request to the handler of its route. It is itself a handler:
///
///     return lmi::run(lmi::Router{{
///         {"GET /orders", list_orders},
///         {"GET /orders/{id}", show_order},
///     }});
///
/// Which route: patterns are compared segment by segment from the left; fixed text comes before a parameter,
/// a parameter before a tail; a named method before ANY. The order in which routes are given does not matter.
/// A path is split at its "/" first and each segment is decoded then, so "%2F" is part of a segment (an HTTP
/// API decodes before, see HttpRequest::raw_path). A "/" at the end counts: "/orders/" is not "/orders". A
/// parameter never stands for an empty segment. "." and ".." mean nothing special.
///
/// What no route matches is answered by 404; a path that is there for other methods by 405 with Allow; HEAD
/// goes to the GET route where there is none for HEAD, and the body is dropped. {"message":"…"} is the body.
///
/// Threads:  cannot be changed once made, so it is safe to call from any number of threads.
/// Lifetime: must outlive its calls; owns routes and handlers.
/// Time:     finding a route takes one look-up per segment of the path, however many routes there are.
/// Errors:   the constructor throws std::invalid_argument for a malformed pattern, or two that match the same
///           requests. An HttpError thrown by a handler is the answer; anything else fails the invocation,
///           unless options.on_error makes an answer of it.
class Router {
 public:
  explicit Router(std::vector<Route> routes, RouterOptions options = {});

  HttpResponse operator()(HttpRequest request, Context& context) const;

 private:
  detail::RouteTable table_;
  std::vector<Route::Function> handlers_;
  RouterOptions options_;
};

}  // namespace lmi
