#pragma once

// What Router and AsyncRouter share. Not for direct use.

#include "lmi/error.hpp"
#include "lmi/http.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmi {

/// Applies to every route of a Router or AsyncRouter.
struct RouterOptions {
  /// In front of every pattern, e.g. "/v1" where a custom domain name maps the API to that path.
  std::string base_path{};

  /// Makes the answer when a handler fails by anything but an HttpError. The error is the one the
  /// invocation would fail with. Called from the handlers' threads, several at once. Empty: the invocation
  /// fails with Function.<type>.
  std::function<HttpResponse(const HttpRequest&, const Error&)> on_error{};
};

namespace detail {

/// Which of the routes a request is for. Immutable: safe to call from any number of threads.
class RouteTable {
 public:
  /// Throws std::invalid_argument, naming the pattern, for one that is malformed, or is there twice.
  RouteTable(const std::vector<std::string>& patterns, const std::string& base_path);

  /// Prepares `request` (route, path parameters) and returns the route's index; or fills `refusal`.
  [[nodiscard]] std::optional<std::size_t> find(HttpRequest& request, HttpResponse& refusal) const;

 private:
  struct Automaton;
  std::shared_ptr<const Automaton> automaton_;  ///< Shared by the copies of a router; never changes.
};

/// The answer to a failed handler; throws what it caught when there is none.
HttpResponse answer_failure(const std::exception_ptr& failure, const HttpRequest& request,
                            const RouterOptions& options);

/// What a route's handler gave, with the body removed where the method asks for none.
HttpResponse finish_response(HttpResponse response, bool head);

template <class R>
HttpResponse unwrap_response(R&& response) {
  if constexpr (std::is_same_v<std::remove_cvref_t<R>, HttpResponse>) {
    return std::forward<R>(response);
  } else {
    return std::forward<R>(response).value();  // throws a Result's own Error
  }
}

}  // namespace detail

}  // namespace lmi
