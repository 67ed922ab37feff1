#include "lmi/async_router.hpp"

namespace lmi {
namespace {

std::vector<std::string> patterns_of(const std::vector<AsyncRoute>& routes) {
  std::vector<std::string> patterns;
  for (const auto& route : routes) patterns.push_back(route.pattern);
  return patterns;
}

}  // namespace

AsyncRouter::AsyncRouter(std::vector<AsyncRoute> routes, RouterOptions options)
    : table_{patterns_of(routes), options.base_path}, options_{std::move(options)} {
  for (auto& route : routes) handlers_.push_back(std::move(route.handler));
}

Task<HttpResponse> AsyncRouter::operator()(HttpRequest request, Context context) const {
  HttpResponse response;
  const bool head = request.method == "HEAD";
  if (const auto route = table_.find(request, response)) {
    // on_error wants to see the request; without it the handler may have the only one.
    HttpRequest kept;
    if (options_.on_error) kept = request;
    std::exception_ptr failure;
    try {
      response = co_await handlers_[*route](std::move(request), context);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) response = detail::answer_failure(failure, kept, options_);
  }
  co_return detail::finish_response(std::move(response), head);
}

}  // namespace lmi
