// A function for the typed events, for the integration tests: answers what it has understood of each record.
// EVENT says which type its handler takes, COROUTINE=1 that the handler is a coroutine.

#include <cstdlib>
#include <lmi/async.hpp>
#include <lmi/events/dynamodb.hpp>
#include <lmi/events/eventbridge.hpp>
#include <lmi/events/kinesis.hpp>
#include <lmi/events/s3.hpp>
#include <lmi/events/scheduled.hpp>
#include <lmi/events/sns.hpp>
#include <lmi/events/sqs.hpp>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <string>

namespace {

using nlohmann::json;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return value == nullptr ? "" : value;
}

json summary(const lmi::SqsEvent& event) {
  json all = json::array();
  for (const auto& message : event.records) all.push_back(message.body);
  return all;
}
json summary(const lmi::SnsEvent& event) {
  json all = json::array();
  for (const auto& record : event.records) all.push_back({record.subject, record.message});
  return all;
}
json summary(const lmi::S3Event& event) {
  json all = json::array();
  for (const auto& record : event.records) all.push_back({record.event_name, record.bucket_name, record.key});
  return all;
}
json summary(const lmi::DynamoDbEvent& event) {
  json all = json::array();
  for (const auto& record : event.records)
    all.push_back({record.event_name, lmi::to_plain_json(record.new_image)});
  return all;
}
json summary(const lmi::KinesisEvent& event) {
  json all = json::array();
  for (const auto& record : event.records) all.push_back({record.partition_key, record.data});
  return all;
}
json summary(const lmi::EventBridgeEvent& event) {
  return {event.source, event.detail_type, json::parse(event.detail)};
}
json summary(const lmi::ScheduledEvent& event) {
  return {event.source, event.id};
}

template <class Event>
int run() {
  if (variable("COROUTINE").empty()) return lmi::run([](const Event& event) { return summary(event); });
  return lmi::run([](Event event) -> lmi::Task<json> { co_return summary(event); });
}

}  // namespace

int main() {
  const auto kind = variable("EVENT");
  if (kind == "sqs") return run<lmi::SqsEvent>();
  if (kind == "sns") return run<lmi::SnsEvent>();
  if (kind == "s3") return run<lmi::S3Event>();
  if (kind == "dynamodb") return run<lmi::DynamoDbEvent>();
  if (kind == "kinesis") return run<lmi::KinesisEvent>();
  if (kind == "eventbridge") return run<lmi::EventBridgeEvent>();
  return run<lmi::ScheduledEvent>();
}
