#pragma once

// What a DynamoDB stream's event source mapping delivers, used like the events of <lmi/events/sqs.hpp>.
// Unknown members are ignored, absent ones empty; an event of another type fails the invocation with
// InvalidEvent.
//
// Threads, lifetime: values that own what they hold. Errors: decoding throws lmi::Error "InvalidEvent".

#include "lmi/events/batch.hpp"
#include "lmi/events/time.hpp"

#include <boost/container/map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmi {

struct AttributeValue;

/// An item, or a map in one. Boost's map, because it may hold a type that is not complete yet.
using AttributeMap = boost::container::map<std::string, AttributeValue, std::less<>>;

/// A DynamoDB number: up to 38 digits, as it was sent.
struct NumberText {
  std::string text{};
  friend bool operator==(const NumberText&, const NumberText&) = default;
};

/// Bytes: base64 is undone.
struct BinaryValue {
  std::string bytes{};
  friend bool operator==(const BinaryValue&, const BinaryValue&) = default;
};

/// One attribute, by its type tag: S, N, B, BOOL, NULL, L, M, SS, NS, BS.
struct AttributeValue {
  std::variant<std::monostate,               // NULL
               std::string,                  // S
               NumberText,                   // N
               BinaryValue,                  // B
               bool,                         // BOOL
               std::vector<AttributeValue>,  // L
               AttributeMap,                 // M
               std::vector<std::string>,     // SS
               std::vector<NumberText>,      // NS
               std::vector<BinaryValue>>     // BS
      value{};

  /// The value as T (std::string, NumberText, …), or nullptr when it is of another type.
  template <class T>
  [[nodiscard]] const T* as() const noexcept {
    return std::get_if<T>(&value);
  }
};

struct DynamoDbRecord {
  std::string event_id{};
  std::string event_name{};  ///< "INSERT", "MODIFY" or "REMOVE".
  std::string aws_region{};
  std::string event_source_arn{};  ///< The stream's.
  std::string principal_id{};      ///< "dynamodb.amazonaws.com" when time to live removed the item.

  std::string sequence_number{};
  std::string stream_view_type{};  ///< e.g. "NEW_AND_OLD_IMAGES"
  std::optional<EventTime> approximate_creation{};
  std::int64_t size_bytes = 0;

  AttributeMap keys{};
  AttributeMap new_image{};  ///< Empty when the stream does not carry it, or the item is gone.
  AttributeMap old_image{};

  [[nodiscard]] std::string_view item_id() const noexcept { return sequence_number; }
};

struct DynamoDbEvent {
  using Failures = StreamFailures;
  static constexpr std::string_view source = "dynamodb";

  std::vector<DynamoDbRecord> records{};
};

/// An item as ordinary JSON: {"id":{"N":"7"}} → {"id":7}. With <lmi/json.hpp>:
/// `lmi::to_plain_json(record.new_image).get<Order>()`.
///
/// Numbers become integers where 64 bits hold them, else the nearest double: 38 digits do not fit; NumberText
/// has them all. Sets become arrays. Bytes become base64 text, because JSON has none.
[[nodiscard]] nlohmann::json to_plain_json(const AttributeMap& item);
[[nodiscard]] nlohmann::json to_plain_json(const AttributeValue& value);

void from_json(const nlohmann::json& json, DynamoDbEvent& event);

template <>
struct Codec<DynamoDbEvent> {
  static DynamoDbEvent decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
