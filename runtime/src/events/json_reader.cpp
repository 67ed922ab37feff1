#include "events/json_reader.hpp"

#include "lmi/base64.hpp"
#include "lmi/error.hpp"

#include <cmath>

namespace lmi::events {
namespace {

using nlohmann::json;

std::string with_article(const json& value) {
  const std::string name = value.type_name();
  if (name == "null") return name;
  return (name == "array" || name == "object" ? "an " : "a ") + name;
}

}  // namespace

std::string Place::text() const {
  if (parent_ == nullptr) return {};
  auto text = parent_->text();
  if (name_.data() == nullptr) return text + "[" + std::to_string(index_) + "]";
  if (!text.empty()) text += '.';
  return text.append(name_);
}

void fail(const Place& place, std::string_view problem) {
  auto text = place.text();
  throw Error{.type = "InvalidEvent",
              .message = (text.empty() ? "the event" : text) + ": " + std::string{problem}};
}

void fail_type(const Place& place, std::string_view expected, const json& found) {
  fail(place, "expected " + std::string{expected} + ", found " + with_article(found));
}

json parse_json(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::exception& failure) {
    throw Error{.type = "InvalidEvent", .message = std::string{"the event is not JSON: "} + failure.what()};
  }
}

std::string text_of(const json& value, const Place& place) {
  if (!value.is_string()) fail_type(place, "a string", value);
  return value.get_ref<const std::string&>();
}

Reader::Reader(const json& json, const Place& place) : json_{&json}, place_{place} {
  if (!json.is_object() && !json.is_null()) fail_type(place_, "an object", json);
}

Reader::Reader(const Reader& parent, std::string_view name)
    : json_{parent.find(name)}, place_{parent.place_, name} {
  if (json_ != nullptr && !json_->is_object()) fail_type(place_, "an object", *json_);
}

const json* Reader::find(std::string_view name) const {
  if (json_ == nullptr || !json_->is_object()) return nullptr;
  const auto found = json_->find(name);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

const json& Reader::require(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) fail(at(name), "missing");
  return *value;
}

std::string Reader::text(std::string_view name) const {
  const auto* value = find(name);
  return value == nullptr ? std::string{} : text_of(*value, at(name));
}

std::string Reader::required_text(std::string_view name) const {
  return text_of(require(name), at(name));
}

bool Reader::flag(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) fail_type(at(name), "a boolean", *value);
  return value->get<bool>();
}

std::int64_t Reader::integer(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) return 0;
  if (!value->is_number_integer()) fail_type(at(name), "an integer", *value);
  return value->get<std::int64_t>();
}

std::vector<std::string> Reader::texts(std::string_view name) const {
  std::vector<std::string> result;
  each(name, [&](const json& value, const Place& place) { result.push_back(text_of(value, place)); });
  return result;
}

std::map<std::string, std::string, std::less<>> Reader::text_map(std::string_view name) const {
  std::map<std::string, std::string, std::less<>> result;
  each_member(name, [&](const std::string& key, const json& value, const Place& place) {
    if (!value.is_null()) result.emplace(key, text_of(value, place));
  });
  return result;
}

std::string Reader::bytes(std::string_view name) const {
  auto decoded = base64_decode(text(name));
  if (!decoded) fail(at(name), decoded.error().message);
  return *std::move(decoded);
}

std::optional<EventTime> Reader::time(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto written = text_of(*value, at(name));
  if (written.empty()) return std::nullopt;
  const auto time = parse_event_time(written);
  if (!time) fail(at(name), "expected a time such as 2015-06-03T17:43:27.123Z");
  return time;
}

std::optional<EventTime> Reader::seconds(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) fail_type(at(name), "a number of seconds since 1970", *value);
  const auto seconds = value->get<double>();
  constexpr double most = 1e13;  // the year 318,857; keeps what follows within 64 bits
  if (!(std::abs(seconds) < most)) fail(at(name), "out of range");
  return EventTime{std::chrono::milliseconds{std::llround(seconds * 1000)}};
}

}  // namespace lmi::events
