#include "lmi/events/sns.hpp"

#include "events/json_reader.hpp"

namespace lmi {
namespace {

using events::Place;
using events::Reader;
using nlohmann::json;

SnsRecord read_record(const Reader& record) {
  static_cast<void>(record.require("Sns"));
  const Reader sns{record, "Sns"};
  SnsRecord read{.event_subscription_arn = record.text("EventSubscriptionArn"),
                 .message_id = sns.text("MessageId"),
                 .type = sns.text("Type"),
                 .topic_arn = sns.text("TopicArn"),
                 .subject = sns.text("Subject"),
                 .message = sns.required_text("Message"),
                 .timestamp = sns.time("Timestamp")};
  sns.each_member("MessageAttributes", [&](const std::string& name, const json& value, const Place& place) {
    const Reader attribute{value, place};
    read.message_attributes.insert_or_assign(
        name, SnsMessageAttribute{.type = attribute.text("Type"), .value = attribute.text("Value")});
  });
  return read;
}

}  // namespace

void from_json(const json& json, SnsEvent& event) {
  const Place root;
  event.records = events::read_records<SnsRecord>(Reader{json, root}, read_record);
}

SnsEvent Codec<SnsEvent>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<SnsEvent>();
}

}  // namespace lmi
