#pragma once

// HTTP requests as handlers see them, whichever front end they came through: API Gateway REST and HTTP APIs,
// function URLs, Application Load Balancers.
//
//   lmi::HttpResponse hello(const lmi::HttpRequest& request, lmi::Context&) {
//     return lmi::HttpResponse::text("hello " + std::string{request.query.get("name").value_or("world")});
//   }
//   int main() { return lmi::run(hello); }
//
// <lmi/router.hpp> adds routes, <lmi/http_json.hpp> JSON bodies.

#include "lmi/codec.hpp"
#include "lmi/http_fields.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

enum class FrontEnd {
  rest_api,       ///< API Gateway REST API.
  http_api,       ///< API Gateway HTTP API, payload format 2.0 or 1.0.
  function_url,   ///< Lambda function URL.
  load_balancer,  ///< Application Load Balancer target.
};

/// The JSON a front end reads an answer from. Decided by the request.
enum class HttpAnswerForm {
  multi_value_headers,  ///< REST API; HTTP API with payload format 1.0.
  payload_2,            ///< HTTP API with payload format 2.0; function URL. Cookies apart, headers joined.
  load_balancer,        ///< Target group with multi-value headers switched off, its default.
  load_balancer_multi_value,
};

/// One HTTP request.
///
/// A value: change it, move it, keep it. Only `raw_event` looks at memory of the invocation.
///
/// Threads:  as a standard container.
/// Lifetime: `raw_event` is valid until the handler returns (a coroutine: finishes).
struct HttpRequest {
  FrontEnd front_end = FrontEnd::function_url;

  std::string method{};  ///< As sent, e.g. "GET".

  /// Decoded, without the query, and without the stage when the front end puts it in front ("/prod/orders" of
  /// an HTTP API called by its execute-api name is "/orders"). Any bytes may be in it.
  std::string path{};

  /// The same, percent-encoded. REST APIs, function URLs and load balancers hand on what the client sent; an
  /// HTTP API hands on the decoded path, encoded here again: a "%2F" the client sent is a "/" by then.
  std::string raw_path{};

  HttpQuery query{};

  /// Repeated fields: several values from a REST API and from a load balancer with multi-value headers;
  /// joined by commas by HTTP APIs and function URLs; only the last one from a load balancer without.
  HttpFields headers{};

  HttpCookies cookies{};

  std::string body{};  ///< Bytes: base64 is undone.

  /// What stands for {placeholders}: the router's, decoded; without a router the front end's, as it wrote
  /// them.
  std::map<std::string, std::string, std::less<>> path_parameters{};

  /// "GET /orders/{id}" once a router has found it; before, the front end's route key or resource. May be
  /// empty.
  std::string route{};

  std::string stage{};  ///< Empty behind a load balancer.

  /// The address the front end was called from. Behind a load balancer: the last entry of X-Forwarded-For,
  /// the only one the load balancer wrote itself.
  std::string source_ip{};

  std::string request_id{};  ///< The front end's, not Lambda's. Empty behind a load balancer.

  /// The event, for what is not above: authorizer claims, stage variables, …
  std::string_view raw_event{};

  HttpAnswerForm answer_form = HttpAnswerForm::payload_2;

  /// The placeholder's value, empty when there is none of this name.
  [[nodiscard]] std::string_view path_parameter(std::string_view name) const noexcept;
};

/// One HTTP answer.
struct HttpResponse {
  int status = 200;  ///< 100 to 999.
  HttpFields headers{};

  /// Set-Cookie values, e.g. "session=1; HttpOnly". Those in `headers` count too.
  std::vector<std::string> cookies{};

  std::string body{};  ///< Bytes. At most 6 MB once written: base64 makes a third more of them.

  /// Whether the body travels as base64. Default: when it is not valid UTF-8, or content-type or
  /// content-encoding say that it is not text. A REST API needs the type among its binaryMediaTypes to undo
  /// it.
  std::optional<bool> binary{};

  [[nodiscard]] static HttpResponse text(std::string body, int status = 200);
  [[nodiscard]] static HttpResponse html(std::string body, int status = 200);
  /// `body` is JSON already. <lmi/http_json.hpp> makes it from values.
  [[nodiscard]] static HttpResponse json_text(std::string body, int status = 200);
  [[nodiscard]] static HttpResponse bytes(std::string body, std::string content_type, int status = 200);
  [[nodiscard]] static HttpResponse redirect(std::string location, int status = 302);
  [[nodiscard]] static HttpResponse empty(int status = 204);
};

/// Throw it below a Router, and it is the answer: {"message":"…"} with this status. Elsewhere it fails the
/// invocation like anything thrown.
struct HttpError {
  int status = 500;
  std::string message{};  ///< For the client: keep secrets out.
};

/// The request in an event. Throws Error "InvalidEvent", naming the member, when it is not JSON, not an HTTP
/// event, or has members of other types than the front ends document. The result's raw_event is `event`.
[[nodiscard]] HttpRequest parse_http_request(std::string_view event);

/// The answer as the front end reads it. Throws Error "InvalidResponse" when it cannot be sent: a status that
/// is none, a line break in a header.
[[nodiscard]] std::string write_http_response(const HttpResponse& response, HttpAnswerForm form);

template <>
struct Codec<HttpRequest> {
  static HttpRequest decode(std::string_view data, std::string_view /*content_type*/) {
    return parse_http_request(data);
  }
  /// Handed to the answer's encode(): the shape of the answer depends on the request.
  static HttpAnswerForm answer_hint(const HttpRequest& request) noexcept { return request.answer_form; }
};

template <>
struct Codec<HttpResponse> {
  static void encode(const HttpResponse& response, HttpAnswerForm form, Payload& answer) {
    answer.data = write_http_response(response, form);
  }
};

}  // namespace lmi
