#include "events/sqs_batch.hpp"

#include "model/quotas.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;

std::string text_of(const json& record) {
  return record.dump(-1, ' ', false, json::error_handler_t::replace);
}

json attribute_record(const json& attribute) {
  json record = {{"stringListValues", json::array()}, {"binaryListValues", json::array()}};
  constexpr std::pair<const char*, const char*> members[] = {
      {"StringValue", "stringValue"}, {"BinaryValue", "binaryValue"}, {"DataType", "dataType"}};
  for (const auto& [theirs, ours] : members) {
    if (const auto at = attribute.find(theirs); at != attribute.end() && at->is_string()) record[ours] = *at;
  }
  return record;
}

}  // namespace

std::optional<json> sqs_record(const json& message, std::string_view queue_arn, const QueueArn& queue) {
  if (!message.is_object()) return std::nullopt;
  for (const char* needed : {"MessageId", "ReceiptHandle", "Body"}) {
    const auto at = message.find(needed);
    if (at == message.end() || !at->is_string()) return std::nullopt;
  }
  json attributes = json::object();
  if (const auto at = message.find("MessageAttributes"); at != message.end() && at->is_object()) {
    for (const auto& [name, attribute] : at->items())
      if (attribute.is_object()) attributes[name] = attribute_record(attribute);
  }
  json record = {{"messageId", message["MessageId"]},
                 {"receiptHandle", message["ReceiptHandle"]},
                 {"body", message["Body"]},
                 {"attributes", message.value("Attributes", json::object())},
                 {"messageAttributes", std::move(attributes)},
                 {"md5OfBody", message.value("MD5OfBody", "")},
                 {"eventSource", "aws:sqs"},
                 {"eventSourceARN", queue_arn},
                 {"awsRegion", queue.region}};
  if (const auto at = message.find("MD5OfMessageAttributes"); at != message.end() && at->is_string())
    record["md5OfMessageAttributes"] = *at;
  return record;
}

void SqsBatch::add(const json& record) {
  if (!records_.empty()) records_ += ',';
  records_ += text_of(record);
  handles_.push_back({record["messageId"], record["receiptHandle"]});
}

bool SqsBatch::has_room_for(const json& record) const {
  constexpr std::size_t around = 16;  // {"Records":[]} and a comma
  return records_.size() + text_of(record).size() + around <= model::quotas::sync_payload_bytes;
}

std::vector<SqsClient::Handle> SqsBatch::done_after(const std::string& answer, bool reports_failures) const {
  if (!reports_failures || answer.empty()) return handles_;
  const json said = json::parse(answer, nullptr, false);
  if (said.is_discarded()) return {};
  if (!said.is_object()) return handles_;  // inferred: nothing in it says that a message failed
  const auto list = said.find("batchItemFailures");
  if (list == said.end() || list->is_null()) return handles_;
  if (!list->is_array()) return {};

  std::set<std::string> failed;
  for (const json& item : *list) {
    const auto id = item.is_object() ? item.find("itemIdentifier") : item.end();
    if (!item.is_object() || id == item.end() || !id->is_string()) return {};
    failed.insert(id->get<std::string>());
  }
  std::vector<SqsClient::Handle> done;
  for (const SqsClient::Handle& handle : handles_)
    if (failed.erase(handle.message_id) == 0) done.push_back(handle);
  // An id that is in no message, the empty one too: the answer cannot be trusted.
  return failed.empty() ? done : std::vector<SqsClient::Handle>{};
}

}  // namespace lmi::emulator::events
