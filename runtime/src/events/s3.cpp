#include "lmi/events/s3.hpp"

#include "events/json_reader.hpp"
#include "events/percent.hpp"

namespace lmi {
namespace {

using events::Place;
using events::Reader;

S3Record read_record(const Reader& record) {
  static_cast<void>(record.require("s3"));
  const Reader s3{record, "s3"};
  const Reader bucket{s3, "bucket"};
  const Reader object{s3, "object"};
  S3Record read{.event_name = record.text("eventName"),
                .event_time = record.time("eventTime"),
                .aws_region = record.text("awsRegion"),
                .principal_id = Reader{record, "userIdentity"}.text("principalId"),
                .source_ip = Reader{record, "requestParameters"}.text("sourceIPAddress"),
                .configuration_id = s3.text("configurationId"),
                .bucket_name = bucket.required_text("name"),
                .bucket_arn = bucket.text("arn"),
                .raw_key = object.required_text("key"),
                .etag = object.text("eTag"),
                .version_id = object.text("versionId"),
                .sequencer = object.text("sequencer")};
  read.key = events::percent_decode(read.raw_key, events::Plus::space);
  const auto size = object.integer("size");
  if (size < 0) events::fail(object.at("size"), "negative");
  read.size = static_cast<std::uint64_t>(size);
  return read;
}

}  // namespace

void from_json(const nlohmann::json& json, S3Event& event) {
  const Place root;
  event.records = events::read_records<S3Record>(Reader{json, root}, read_record);
}

S3Event Codec<S3Event>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<S3Event>();
}

}  // namespace lmi
