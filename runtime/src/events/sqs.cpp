#include "lmi/events/sqs.hpp"

#include "events/json_reader.hpp"

#include <charconv>
#include <system_error>

namespace lmi {
namespace {

using events::Place;
using events::Reader;
using nlohmann::json;

template <class T>
std::optional<T> number(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

SqsMessage read_message(const Reader& record) {
  SqsMessage message;
  message.message_id = record.required_text("messageId");
  message.receipt_handle = record.text("receiptHandle");
  message.body = record.text("body");
  message.md5_of_body = record.text("md5OfBody");
  message.event_source_arn = record.text("eventSourceARN");
  message.aws_region = record.text("awsRegion");
  message.attributes = record.text_map("attributes");
  record.each_member("messageAttributes",
                     [&](const std::string& name, const json& value, const Place& place) {
                       const Reader attribute{value, place};
                       message.message_attributes.insert_or_assign(
                           name, SqsMessageAttribute{.data_type = attribute.text("dataType"),
                                                     .string_value = attribute.text("stringValue"),
                                                     .binary_value = attribute.bytes("binaryValue")});
                     });
  return message;
}

}  // namespace

std::string_view SqsMessage::attribute(std::string_view name) const noexcept {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string_view{} : std::string_view{found->second};
}

unsigned SqsMessage::approximate_receive_count() const noexcept {
  return number<unsigned>(attribute("ApproximateReceiveCount")).value_or(0);
}

std::optional<EventTime> SqsMessage::sent() const noexcept {
  const auto milliseconds = number<std::int64_t>(attribute("SentTimestamp"));
  if (!milliseconds) return std::nullopt;
  return EventTime{std::chrono::milliseconds{*milliseconds}};
}

bool SqsFailures::skip(const SqsMessage& message) {
  const auto group = message.message_group_id();
  if (group.empty() || !failed_groups_.contains(group)) return false;
  response_.failures.push_back(message.message_id);
  return true;
}

void SqsFailures::failed(const SqsMessage& message) {
  response_.failures.push_back(message.message_id);
  // A standard queue's message may have a group too, for fair queues; holding the rest back is not wrong
  // there.
  if (const auto group = message.message_group_id(); !group.empty()) failed_groups_.emplace(group);
}

void from_json(const json& json, SqsEvent& event) {
  const Place root;
  event.records = events::read_records<SqsMessage>(Reader{json, root}, read_message);
}

SqsEvent Codec<SqsEvent>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<SqsEvent>();
}

}  // namespace lmi
