#include "lmi/router.hpp"

#include "core/json_text.hpp"
#include "wire/error_report.hpp"

namespace lmi {
namespace {

std::vector<std::string> patterns_of(const std::vector<Route>& routes) {
  std::vector<std::string> patterns;
  for (const auto& route : routes) patterns.push_back(route.pattern);
  return patterns;
}

}  // namespace

HttpResponse detail::answer_failure(const std::exception_ptr& failure, const HttpRequest& request,
                                    const RouterOptions& options) {
  try {
    std::rethrow_exception(failure);
  } catch (const HttpError& error) {
    std::string body = "{\"message\":\"";
    core::append_json_text(body, error.message);
    return HttpResponse::json_text(body + "\"}", error.status);
  } catch (...) {
    if (!options.on_error) throw;
    return options.on_error(request, wire::describe(failure));
  }
}

HttpResponse detail::finish_response(HttpResponse response, bool head) {
  if (head) response.body.clear();
  return response;
}

Router::Router(std::vector<Route> routes, RouterOptions options)
    : table_{patterns_of(routes), options.base_path}, options_{std::move(options)} {
  for (auto& route : routes) handlers_.push_back(std::move(route.handler));
}

HttpResponse Router::operator()(HttpRequest request, Context& context) const {
  HttpResponse response;
  if (const auto route = table_.find(request, response)) {
    try {
      response = handlers_[*route](request, context);
    } catch (...) {
      response = detail::answer_failure(std::current_exception(), request, options_);
    }
  }
  return detail::finish_response(std::move(response), request.method == "HEAD");
}

}  // namespace lmi
