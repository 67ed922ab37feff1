#include "observe/cloudwatch_endpoint.hpp"

#include "model/query_error.hpp"
#include "observe/cbor.hpp"
#include "observe/cloudwatch.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace lmi::emulator::observe {
namespace {

using nlohmann::json;

constexpr std::string_view cbor_path = "/service/GraniteServiceVersion20100801/operation/";
constexpr std::string_view json_target = "GraniteServiceVersion20100801.";

/// Which protocol a request speaks, and what it asks for.
struct Question {
  bool is_cbor = false;
  std::string_view operation;
};

std::optional<Question> question_of(const http::Head& head) {
  if (head.target.starts_with(cbor_path)) {
    return Question{true, std::string_view{head.target}.substr(cbor_path.size())};
  }
  const std::string_view target = head.headers.get("X-Amz-Target");
  if (head.target == "/" && target.starts_with(json_target)) {
    return Question{false, target.substr(json_target.size())};
  }
  return std::nullopt;
}

http::Response render(const http::Head& head, unsigned status, const json& body,
                      const std::string& request_id) {
  const bool is_cbor = question_of(head).value_or(Question{}).is_cbor;
  http::Response response;
  response.status = status;
  response.headers.add("x-amzn-RequestId", request_id);
  if (is_cbor) {
    response.headers.add("smithy-protocol", "rpc-v2-cbor");
    response.headers.add("Content-Type", "application/cbor");
    response.body = cbor::encode(body, {"Timestamp", "Timestamps"});
  } else {
    response.headers.add("Content-Type", "application/x-amz-json-1.0");
    response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return response;
}

std::optional<json> decode(bool is_cbor, std::string_view body) {
  if (is_cbor) return cbor::decode(body);
  json value = json::parse(body, nullptr, false);
  return value.is_discarded() ? std::nullopt : std::optional{std::move(value)};
}

model::Result<json> perform(const MetricStore& metrics, std::string_view operation, const json& input,
                            MetricTime now) {
  if (operation == "ListMetrics") return cloudwatch::list_metrics(metrics, input, now);
  if (operation == "GetMetricStatistics") return cloudwatch::get_metric_statistics(metrics, input);
  if (operation == "GetMetricData") return cloudwatch::get_metric_data(metrics, input);
  return model::ApiError{
      "UnknownOperationException",  // text: ours
      "This emulator has CloudWatch's ListMetrics, GetMetricStatistics and GetMetricData, not " +
          std::string{operation} + "."};
}

}  // namespace

bool CloudWatchEndpoint::owns(const http::Head& head) {
  return question_of(head).has_value();
}

http::Response CloudWatchEndpoint::refuse(const http::Head& head, const model::ApiError& error,
                                          const std::string& request_id) {
  const model::QueryError query = model::query_error(error.code);
  http::Response response =
      render(head, query.status,
             {{"__type", "com.amazonaws.cloudwatch#" + error.code}, {"message", error.message}}, request_id);
  // The code that clients show and go by (awsQueryCompatible in the API model).
  response.headers.add("x-amzn-query-error", std::string{query.code} + ";Sender");
  return response;
}

http::Response CloudWatchEndpoint::answer(const http::Head& head, std::string_view body,
                                          const std::string& request_id) const {
  const Question question = question_of(head).value_or(Question{});
  const auto input = head.method == "POST" ? decode(question.is_cbor, body) : std::nullopt;
  if (!input) {
    return refuse(head, {"SerializationException", "The request's body cannot be read."},  // text: ours
                  request_id);
  }
  const auto output = perform(metrics_, question.operation, *input, now_());
  return output ? render(head, 200, *output, request_id) : refuse(head, output.error(), request_id);
}

}  // namespace lmi::emulator::observe
