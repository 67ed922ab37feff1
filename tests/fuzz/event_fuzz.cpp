// Feeds changed events to everything that reads events, and the requests it makes to everything that answers
// them.

#include "fuzz/driver.hpp"
#include "lmi/base64.hpp"
#include "lmi/events/dynamodb.hpp"
#include "lmi/events/eventbridge.hpp"
#include "lmi/events/kinesis.hpp"
#include "lmi/events/s3.hpp"
#include "lmi/events/scheduled.hpp"
#include "lmi/events/sns.hpp"
#include "lmi/events/sqs.hpp"
#include "lmi/http.hpp"
#include "lmi/router.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace {

using namespace lmi;
using fuzz::broken;

/// Either a value, or an Error InvalidEvent with a message; nothing else may come out.
template <class E>
bool reads(std::string_view input) {
  try {
    static_cast<void>(Codec<E>::decode(input, {}));
    return true;
  } catch (const Error& error) {
    if (error.type != "InvalidEvent" || error.message.empty()) broken("a bad event is InvalidEvent", input);
    return false;
  }
}

void check_http(std::string_view input) {
  static const detail::RouteTable table{{"GET /", "GET /{a}", "POST /{a}/b", "ANY /x/{t+}", "GET /my/path"},
                                        ""};
  if (!reads<HttpRequest>(input)) return;
  auto request = parse_http_request(input);
  if (request.path.empty() || request.raw_path.empty()) broken("a path is never empty", input);

  HttpResponse response{.body = request.body};
  response.headers.add("content-type", request.raw_path);  // percent-encoded or not: perhaps with line breaks
  if (table.find(request, response)) response.status = 201;
  try {
    const auto answer = nlohmann::json::parse(write_http_response(response, request.answer_form));
    const auto text = answer.at("body").get<std::string>();
    const auto body = answer.at("isBase64Encoded").get<bool>() ? base64_decode(text).value() : text;
    if (body != response.body) broken("a body arrives as it was", input);
  } catch (const Error& error) {
    if (error.type != "InvalidResponse") broken("what cannot be sent is InvalidResponse", input);
  }
}

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  check_http(input);
  reads<SqsEvent>(input);
  reads<SnsEvent>(input);
  reads<S3Event>(input);
  reads<KinesisEvent>(input);
  reads<DynamoDbEvent>(input);
  reads<EventBridgeEvent>(input);
  reads<ScheduledEvent>(input);
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  static constexpr std::string_view all[] = {"null",   "{}",  "[]", "\"\"",         "7",     "true",
                                             "-1e999", "%2F", "%",  "\\u0000",      "\"%\"", "[[[[",
                                             "\xff",   "A",   "==", "{\"S\":\"x\"}"};
  return all;
}
