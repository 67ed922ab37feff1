#pragma once

#include "lmi/events/time.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::events {

/// Where in an event a value stands. Made on the stack while descending; becomes text only for an error.
class Place {
 public:
  Place() = default;
  Place(const Place& parent, std::string_view name) : parent_{&parent}, name_{name} {}
  Place(const Place& parent, std::size_t index) : parent_{&parent}, index_{index} {}

  /// "Records[2].dynamodb.Keys"
  [[nodiscard]] std::string text() const;

 private:
  const Place* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

/// Throws Error "InvalidEvent": "Records[2].body: expected a string, found a number".
[[noreturn]] void fail(const Place& place, std::string_view problem);
[[noreturn]] void fail_type(const Place& place, std::string_view expected, const nlohmann::json& found);

/// JSON, or Error "InvalidEvent".
nlohmann::json parse_json(std::string_view text);

/// The members of a JSON object, read tolerantly: what is absent or null has its default, what is there must
/// be of the right type. Unknown members are nobody's business.
///
/// Lifetime: the JSON and the place outlive it; a Reader got from a Reader does not outlive that one.
class Reader {
 public:
  /// null counts as an object without members.
  Reader(const nlohmann::json& json, const Place& place);
  Reader(const Reader& parent, std::string_view name);  ///< A member that is an object, or absent.
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Nothing when the member is absent or null.
  [[nodiscard]] const nlohmann::json* find(std::string_view name) const;
  [[nodiscard]] const nlohmann::json& require(std::string_view name) const;
  [[nodiscard]] Place at(std::string_view name) const { return {place_, name}; }

  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::string required_text(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] std::map<std::string, std::string, std::less<>> text_map(std::string_view name) const;
  [[nodiscard]] std::string bytes(std::string_view name) const;              ///< Base64.
  [[nodiscard]] std::optional<EventTime> time(std::string_view name) const;  ///< ISO 8601 text.
  [[nodiscard]] std::optional<EventTime> seconds(
      std::string_view name) const;  ///< Since 1970, with fractions.

  /// Calls f(name, value, place) for each member of the object `name`; none when it is absent.
  template <class F>
  void each_member(std::string_view name, F&& f) const {
    const auto* object = find(name);
    if (object == nullptr) return;
    const Place here = at(name);
    if (!object->is_object()) fail_type(here, "an object", *object);
    for (const auto& [key, value] : object->items()) f(key, value, Place{here, key});
  }

  /// Calls f(value, place) for each element of the array `name`; none when it is absent.
  template <class F>
  void each(std::string_view name, F&& f) const {
    const auto* array = find(name);
    if (array == nullptr) return;
    const Place here = at(name);
    if (!array->is_array()) fail_type(here, "an array", *array);
    std::size_t index = 0;
    for (const auto& value : *array) f(value, Place{here, index++});
  }

  [[nodiscard]] const Place& place() const noexcept { return place_; }

 private:
  const nlohmann::json* json_;
  Place place_;
};

/// `value` as text at `place`, or an error.
std::string text_of(const nlohmann::json& value, const Place& place);

/// The elements of "Records", which has to be there, each made by f(reader) from an object.
template <class Record, class F>
std::vector<Record> read_records(const Reader& event, F&& f) {
  const auto& records = event.require("Records");
  std::vector<Record> result;
  if (records.is_array()) result.reserve(records.size());
  event.each("Records", [&](const nlohmann::json& value, const Place& place) {
    const Reader record{value, place};
    result.push_back(f(record));
  });
  return result;
}

}  // namespace lmi::events
