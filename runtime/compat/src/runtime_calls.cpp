#include "aws/lambda-runtime/runtime.h"
#include "transport/exchange.hpp"
#include "wire/error_report.hpp"
#include "wire/requests.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace aws {
namespace lambda_runtime {
namespace {

constexpr std::chrono::seconds reply_limit{30};
constexpr auto not_made = aws::http::response_code::REQUEST_NOT_MADE;

/// "http://host:port", as the original takes it.
std::optional<lmi::transport::Endpoint> to_endpoint(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (url.starts_with(scheme)) url.remove_prefix(scheme.size());
  const auto colon = url.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
  auto endpoint = lmi::transport::resolve(std::string{url.substr(0, colon)}, port);
  if (!endpoint) return std::nullopt;
  return *std::move(endpoint);
}

std::string error_type_in(const std::string& payload) {
  const auto body = nlohmann::json::parse(payload, nullptr, false);
  if (!body.is_object()) return {};
  const auto type = body.find("errorType");
  return type != body.end() && type->is_string() ? type->get<std::string>() : std::string{};
}

}  // namespace

struct runtime::parts {
  parts(std::optional<lmi::transport::Endpoint> where, std::string_view user_agent)
      : endpoint{std::move(where)}, writer{endpoint ? endpoint->authority : std::string{}, user_agent} {}

  const std::optional<lmi::transport::Endpoint> endpoint;
  const lmi::wire::RequestWriter writer;
  lmi::wire::ReplyParser parser{};

  /// The invocation given out last, and the mark its answer has to carry.
  std::string request_id{};
  std::string invocation_id{};

  [[nodiscard]] lmi::wire::AnswerAddress address(const std::string& id) const {
    return {.request_id = id, .invocation_id = id == request_id ? invocation_id : std::string_view{}};
  }

  /// The status; REQUEST_NOT_MADE when there was no reply.
  aws::http::response_code send(const std::string& head, const std::string& body,
                                std::optional<std::chrono::milliseconds> limit = std::nullopt) {
    if (!endpoint) return not_made;
    lmi::transport::Connection connection{*endpoint};
    if (limit) connection.limit_until(std::chrono::steady_clock::now() + *limit);
    if (const auto failure = lmi::transport::exchange(connection, head, body, parser)) {
      spdlog::error("runtime.request_failed reason=\"{}\"", *failure);
      return not_made;
    }
    return static_cast<aws::http::response_code>(parser.reply().status);
  }

  post_outcome post(const std::string& head, const std::string& body) {
    const auto code = send(head, body, reply_limit);
    const auto status = static_cast<int>(code);
    if (status < 200 || status > 299) return code;
    return no_result{};
  }
};

runtime::runtime(std::string const& endpoint) : runtime(endpoint, "lmi-cpp/0.1.0") {}
runtime::runtime(std::string const& endpoint, std::string const& user_agent)
    : parts_{new parts{to_endpoint(endpoint), user_agent}} {}
runtime::~runtime() = default;

runtime::next_outcome runtime::get_next() {
  std::string head;
  parts_->writer.next(head);
  const auto code = parts_->send(head, {});
  auto& reply = parts_->parser.reply();
  if (code != aws::http::response_code::OK) return code;
  if (reply.request_id.empty()) return not_made;
  parts_->request_id = reply.request_id;
  parts_->invocation_id = reply.invocation_id;

  invocation_request request;
  request.payload = reply.body;
  request.request_id = reply.request_id;
  request.xray_trace_id = reply.trace_id;
  request.client_context = reply.client_context;
  request.cognito_identity = reply.cognito_identity;
  request.function_arn = reply.function_arn;
  request.content_type = reply.content_type;
  request.tenant_id = reply.tenant_id;
  if (reply.deadline_ms) request.deadline += std::chrono::milliseconds{*reply.deadline_ms};
  return request;
}

runtime::post_outcome runtime::post_success(std::string const& request_id,
                                            invocation_response const& handler_response) {
  std::string head;
  parts_->writer.response(parts_->address(request_id), handler_response.get_content_type(),
                          handler_response.get_payload().size(), head);
  return parts_->post(head, handler_response.get_payload());
}

runtime::post_outcome runtime::post_failure(std::string const& request_id,
                                            invocation_response const& handler_response) {
  const auto& payload = handler_response.get_payload();
  std::string head;
  parts_->writer.verbatim_error(
      parts_->address(request_id), lmi::wire::function_error_type(error_type_in(payload)),
      handler_response.get_content_type(), handler_response.get_xray_response(), payload.size(), head);
  return parts_->post(head, payload);
}

runtime::post_outcome runtime::post_init_error(runtime_response const& init_error_response) {
  const auto& payload = init_error_response.get_payload();
  std::string head;
  parts_->writer.init_error(lmi::wire::function_error_type(error_type_in(payload)), payload.size(), head);
  return parts_->post(head, payload);
}

}  // namespace lambda_runtime
}  // namespace aws
