#include "events/sqs_client.hpp"

#include "model/json_text.hpp"

#include <utility>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;

std::string failure_of(const http::ClientAnswer& answer, const json& body) {
  if (!answer.failure.empty()) return answer.failure;
  if (answer.is_success()) return body.is_object() ? "" : "its answer is no JSON object";
  std::string text = "it answered " + std::to_string(answer.status);
  for (const char* member : {"__type", "message", "Message"}) {
    if (!body.is_object()) break;
    if (const auto at = body.find(member); at != body.end() && at->is_string())
      text += " " + at->get<std::string>();
  }
  return text;
}

}  // namespace

QueueArn parse_queue_arn(std::string_view arn) {
  std::vector<std::string_view> parts;
  while (parts.size() < 5) {
    const std::size_t colon = arn.find(':');
    if (colon == arn.npos) return {};
    parts.push_back(arn.substr(0, colon));
    arn.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn" || parts[2] != "sqs" || arn.find(':') != arn.npos) return {};
  return {std::string{parts[3]}, std::string{parts[4]}, std::string{arn}};
}

SqsClient::Call SqsClient::call(const QueueArn& queue, Operation operation, Done done) {
  http::ClientRequest request;
  request.host = endpoint_.host;
  request.port = endpoint_.port;
  request.authority = endpoint_.authority;
  request.target = endpoint_.target;
  request.limit = operation.limit;
  request.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                     {"X-Amz-Target", std::string{"AmazonSQS."} + operation.name},
                     {"Authorization", "AWS4-HMAC-SHA256 Credential=lmi/20260101/" + queue.region +
                                           "/sqs/aws4_request, SignedHeaders=host, Signature=unsigned"}};
  request.body = operation.input.dump(-1, ' ', false, json::error_handler_t::replace);
  return client_.send(std::move(request), [done = std::move(done)](const http::ClientAnswer& answer) {
    // No answer of this API is nested deeply; one that is would be no fun to copy.
    const bool too_deep = model::json_nesting(answer.body) > model::deepest_nesting;
    const json body = too_deep ? json(json::value_t::discarded)
                               : json::parse(answer.body.empty() ? "{}" : answer.body, nullptr, false);
    done(failure_of(answer, body), body);
  });
}

SqsClient::Call SqsClient::queue_url(const QueueArn& queue, Done done) {
  return call(queue,
              {"GetQueueUrl", {{"QueueName", queue.name}, {"QueueOwnerAWSAccountId", queue.account_id}}},
              [done = std::move(done)](const std::string& failure, const json& answer) {
                const bool lacks_it =
                    failure.empty() && !(answer.contains("QueueUrl") && answer["QueueUrl"].is_string());
                done(lacks_it ? "its answer has no QueueUrl" : failure, answer);
              });
}

SqsClient::Call SqsClient::receive(const QueueArn& queue, const std::string& queue_url, unsigned most,
                                   std::chrono::seconds wait, Done done) {
  const json all = {"All"};
  return call(queue,
              {"ReceiveMessage",
               {{"QueueUrl", queue_url},
                {"MaxNumberOfMessages", most},
                {"WaitTimeSeconds", wait.count()},
                // The older and the newer name of the same: servers know one or both.
                {"AttributeNames", all},
                {"MessageSystemAttributeNames", all},
                {"MessageAttributeNames", all}},
               wait + std::chrono::seconds{10}},
              std::move(done));
}

SqsClient::Call SqsClient::remove(const QueueArn& queue, const std::string& queue_url,
                                  const std::vector<Handle>& messages, Done done) {
  json entries = json::array();
  for (const Handle& message : messages)
    entries.push_back({{"Id", std::to_string(entries.size())}, {"ReceiptHandle", message.receipt_handle}});
  return call(queue, {"DeleteMessageBatch", {{"QueueUrl", queue_url}, {"Entries", std::move(entries)}}},
              [done = std::move(done)](const std::string& failure, const json& answer) {
                const bool some_failed =
                    failure.empty() && answer.contains("Failed") && !answer["Failed"].empty();
                done(some_failed ? "it kept some: " + answer["Failed"].dump() : failure, answer);
              });
}

SqsClient::Call SqsClient::send(const QueueArn& queue, const std::string& queue_url, const Delivery& delivery,
                                Done done) {
  json input = {{"QueueUrl", queue_url}, {"MessageBody", delivery.body}};
  for (const auto& [name, type, value] : delivery.attributes)
    input["MessageAttributes"][name] = {{"DataType", type}, {"StringValue", value}};
  return call(queue, {"SendMessage", std::move(input)}, std::move(done));
}

}  // namespace lmi::emulator::events
