#include "lmi/events/dynamodb.hpp"

#include "events/json_reader.hpp"
#include "lmi/base64.hpp"

#include <charconv>
#include <system_error>
#include <type_traits>

namespace lmi {
namespace {

using events::Place;
using events::Reader;
using nlohmann::json;

/// DynamoDB nests 32 levels at most (its Service Quotas page); more would be an attack on our stack.
constexpr int max_depth = 64;

AttributeValue read_value(const json& value, const Place& place, int depth);

AttributeMap read_map(const json& value, const Place& place, int depth) {
  if (!value.is_object()) events::fail_type(place, "an object", value);
  AttributeMap map;
  for (const auto& [name, member] : value.items())
    map.emplace(name, read_value(member, Place{place, name}, depth));
  return map;
}

template <class T, class F>
std::vector<T> read_list(const json& value, const Place& place, F&& read) {
  if (!value.is_array()) events::fail_type(place, "an array", value);
  std::vector<T> list;
  list.reserve(value.size());
  for (const auto& element : value) list.push_back(read(element, Place{place, list.size()}));
  return list;
}

NumberText read_number(const json& value, const Place& place) {
  return {events::text_of(value, place)};
}

BinaryValue read_binary(const json& value, const Place& place) {
  auto bytes = base64_decode(events::text_of(value, place));
  if (!bytes) events::fail(place, bytes.error().message);
  return {*std::move(bytes)};
}

bool read_bool(const json& value, const Place& place) {
  if (!value.is_boolean()) events::fail_type(place, "a boolean", value);
  return value.get<bool>();
}

AttributeValue read_value(const json& value, const Place& place, int depth) {
  if (depth == 0) events::fail(place, "nested too deeply");
  if (!value.is_object() || value.size() != 1) events::fail(place, "expected one type tag and its value");
  const auto tag = value.begin();
  const Place inner{place, tag.key()};
  const auto& content = tag.value();
  const auto& name = tag.key();
  if (name == "S") return {events::text_of(content, inner)};
  if (name == "N") return {read_number(content, inner)};
  if (name == "B") return {read_binary(content, inner)};
  if (name == "BOOL") return {read_bool(content, inner)};
  if (name == "NULL") return {};
  if (name == "M") return {read_map(content, inner, depth - 1)};
  if (name == "SS") return {read_list<std::string>(content, inner, events::text_of)};
  if (name == "NS") return {read_list<NumberText>(content, inner, read_number)};
  if (name == "BS") return {read_list<BinaryValue>(content, inner, read_binary)};
  if (name != "L") events::fail(inner, "no type of DynamoDB's");
  return {read_list<AttributeValue>(content, inner, [depth](const json& element, const Place& at) {
    return read_value(element, at, depth - 1);
  })};
}

AttributeMap read_item(const Reader& change, std::string_view name) {
  const auto* item = change.find(name);
  return item == nullptr ? AttributeMap{} : read_map(*item, change.at(name), max_depth);
}

DynamoDbRecord read_record(const Reader& record) {
  static_cast<void>(record.require("dynamodb"));
  const Reader change{record, "dynamodb"};
  return {.event_id = record.text("eventID"),
          .event_name = record.text("eventName"),
          .aws_region = record.text("awsRegion"),
          .event_source_arn = record.text("eventSourceARN"),
          .principal_id = Reader{record, "userIdentity"}.text("principalId"),
          .sequence_number = change.text("SequenceNumber"),
          .stream_view_type = change.text("StreamViewType"),
          .approximate_creation = change.seconds("ApproximateCreationDateTime"),
          .size_bytes = change.integer("SizeBytes"),
          .keys = read_item(change, "Keys"),
          .new_image = read_item(change, "NewImage"),
          .old_image = read_item(change, "OldImage")};
}

template <class T>
bool fits(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

json plain(std::monostate /*null*/) {
  return nullptr;
}
json plain(const std::string& text) {
  return text;
}
json plain(bool flag) {
  return flag;
}
json plain(const BinaryValue& value) {
  return base64_encode(value.bytes);
}
json plain(const AttributeValue& value) {
  return to_plain_json(value);
}
json plain(const AttributeMap& item) {
  return to_plain_json(item);
}

json plain(const NumberText& number) {
  std::int64_t integer = 0;
  if (fits(number.text, integer)) return integer;
  std::uint64_t large = 0;
  if (fits(number.text, large)) return large;
  double real = 0;
  if (fits(number.text, real)) return real;
  return number.text;  // nothing DynamoDB sends
}

template <class T>
json plain(const std::vector<T>& values) {
  auto array = json::array();
  for (const auto& value : values) array.push_back(plain(value));
  return array;
}

}  // namespace

json to_plain_json(const AttributeMap& item) {
  auto object = json::object();
  for (const auto& [name, value] : item) object[name] = to_plain_json(value);
  return object;
}

json to_plain_json(const AttributeValue& value) {
  return std::visit([](const auto& held) { return plain(held); }, value.value);
}

void from_json(const json& json, DynamoDbEvent& event) {
  const Place root;
  event.records = events::read_records<DynamoDbRecord>(Reader{json, root}, read_record);
}

DynamoDbEvent Codec<DynamoDbEvent>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<DynamoDbEvent>();
}

}  // namespace lmi
