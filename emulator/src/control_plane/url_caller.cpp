#include "control_plane/url_caller.hpp"

#include "control_plane/render.hpp"
#include "control_plane/url_cors.hpp"
#include "control_plane/url_response.hpp"

#include <utility>

namespace lmi::emulator::control_plane {

void UrlCaller::add_headers(http::Response& response) const {
  if (cors) add_cors(*cors, origin, response.headers);
  response.headers.remove("x-amzn-RequestId");
  response.headers.add("x-amzn-RequestId", request_id);
  if (!trace_id.empty() && !response.headers.find("X-Amzn-Trace-Id")) {
    response.headers.add("X-Amzn-Trace-Id", trace_id);
  }
  // Under this form of address a function's page has the origin of the API itself: it is kept apart, so that
  // its scripts cannot read from there.
  if (in_path) response.headers.add("Content-Security-Policy", "sandbox allow-scripts allow-forms");
}

void UrlCaller::respond(http::Response response) const {
  add_headers(response);
  exchange->respond(std::move(response));
}

std::unique_ptr<http::BodyWriter> UrlCaller::begin_response(http::Response head) const {
  add_headers(head);
  return exchange->begin_response(std::move(head));
}

void UrlCaller::refuse(const model::ApiError& error) const {
  respond(render(model, model::Result<Reply>{error}, request_id));
}

void UrlCaller::fail(const InvokeContext& about, const InvokeReply& reply) const {
  if (reply.kind == InvokeReply::Kind::throttled) return refuse(invoke_reply(about, reply).error());
  respond(reply.error_type == "Sandbox.Timedout" ? gateway_timeout() : bad_gateway());
}

}  // namespace lmi::emulator::control_plane
