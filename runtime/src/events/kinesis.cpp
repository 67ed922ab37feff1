#include "lmi/events/kinesis.hpp"

#include "events/json_reader.hpp"

namespace lmi {
namespace {

using events::Place;
using events::Reader;

KinesisRecord read_record(const Reader& record) {
  static_cast<void>(record.require("kinesis"));
  const Reader kinesis{record, "kinesis"};
  return {.sequence_number = kinesis.required_text("sequenceNumber"),
          .partition_key = kinesis.text("partitionKey"),
          .data = kinesis.bytes("data"),
          .approximate_arrival = kinesis.seconds("approximateArrivalTimestamp"),
          .encryption_type = kinesis.text("encryptionType"),
          .event_id = record.text("eventID"),
          .event_source_arn = record.text("eventSourceARN"),
          .aws_region = record.text("awsRegion")};
}

}  // namespace

void from_json(const nlohmann::json& json, KinesisEvent& event) {
  const Place root;
  event.records = events::read_records<KinesisRecord>(Reader{json, root}, read_record);
}

KinesisEvent Codec<KinesisEvent>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<KinesisEvent>();
}

}  // namespace lmi
