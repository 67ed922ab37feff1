#include "simulate/json_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lmi::sizing::simulate {
namespace {

/// What a member that is required and missing holds; files cannot hold it.
const nlohmann::ordered_json& missing() {
  // Not in braces: that would be an array of it.
  static const nlohmann::ordered_json value(nlohmann::ordered_json::value_t::discarded);
  return value;
}

/// For messages: long values are cut.
std::string shown(const nlohmann::ordered_json& value) {
  if (value.is_discarded()) return "nothing: it is missing";
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return text;
}

std::string number_text(double value) {
  std::ostringstream out;
  out.precision(12);
  out << value;
  return out.str();
}

std::string join(const std::vector<std::string_view>& names) {
  std::string all;
  for (const auto name : names) all += (all.empty() ? "" : ", ") + std::string{name};
  return all;
}

/// Refuses an object that has a member twice: the parser would keep the last and not say so.
class RepeatedMembers {
 public:
  explicit RepeatedMembers(std::string file) : file_{std::move(file)} {}

  /// What happens while a file is parsed, in the parser's order. Always true: everything is kept.
  bool see(nlohmann::ordered_json::parse_event_t event, const nlohmann::ordered_json& value) {
    using Event = nlohmann::ordered_json::parse_event_t;
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key && !open_.back().insert(value.get<std::string>()).second) {
      throw InputError{file_ + ": " + value.get<std::string>() +
                       ": expected a member once in an object, found it twice"};
    }
    return true;
  }

 private:
  std::string file_;
  std::vector<std::set<std::string>> open_;  // names seen in each object around this place
};

}  // namespace

void JsonValue::fail(std::string_view expected) const {
  throw InputError{(path_.empty() ? "the file" : path_) + ": expected " + std::string{expected} + ", found " +
                   shown(*value_)};
}

double JsonValue::number(double least, double most) const {
  if (value_->is_number()) {
    const auto value = value_->get<double>();
    if (value >= least && value <= most) return value;
  }
  fail("a number from " + number_text(least) + " to " + number_text(most));
}

std::uint64_t JsonValue::whole(std::uint64_t least, std::uint64_t most) const {
  if (value_->is_number_unsigned()) {
    const auto value = value_->get<std::uint64_t>();
    if (value >= least && value <= most) return value;
  }
  fail("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

bool JsonValue::boolean() const {
  if (!value_->is_boolean()) fail("true or false");
  return value_->get<bool>();
}

std::string JsonValue::text() const {
  if (!value_->is_string()) fail("a string");
  return value_->get<std::string>();
}

std::size_t JsonValue::choice(const std::vector<std::string_view>& names) const {
  if (value_->is_string()) {
    const auto found = std::find(names.begin(), names.end(), value_->get_ref<const std::string&>());
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  }
  fail("one of " + join(names));
}

std::vector<JsonValue> JsonValue::items() const {
  if (!value_->is_array()) fail("an array");
  std::vector<JsonValue> all;
  for (std::size_t i = 0; i < value_->size(); ++i) {
    all.emplace_back((*value_)[i], path_ + '[' + std::to_string(i) + ']');
  }
  return all;
}

JsonObject::JsonObject(JsonValue value) : value_{std::move(value)} {
  if (!value_.raw().is_object()) value_.fail("an object");
}

std::string JsonObject::path_of(std::string_view name) const {
  return value_.path().empty() ? std::string{name} : value_.path() + '.' + std::string{name};
}

JsonValue JsonObject::required(std::string_view name) {
  if (auto found = optional(name)) return *found;
  return JsonValue{missing(), path_of(name)};
}

std::optional<JsonValue> JsonObject::optional(std::string_view name) {
  known_.emplace(name);
  const auto found = value_.raw().find(name);
  if (found == value_.raw().end()) return std::nullopt;
  return JsonValue{*found, path_of(name)};
}

std::vector<std::pair<std::string, JsonValue>> JsonObject::all() {
  std::vector<std::pair<std::string, JsonValue>> members;
  for (const auto& [name, value] : value_.raw().items()) {
    known_.insert(name);
    members.emplace_back(name, JsonValue{value, path_of(name)});
  }
  return members;
}

double JsonObject::number_or(std::string_view name, double otherwise, double least, double most) {
  const auto found = optional(name);
  return found ? found->number(least, most) : otherwise;
}

std::uint64_t JsonObject::whole_or(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                   std::uint64_t most) {
  const auto found = optional(name);
  return found ? found->whole(least, most) : otherwise;
}

std::string JsonObject::text_or(std::string_view name, std::string otherwise) {
  const auto found = optional(name);
  return found ? found->text() : otherwise;
}

void JsonObject::finish() const {
  for (const auto& [name, value] : value_.raw().items()) {
    if (known_.contains(name)) continue;
    std::string names;
    for (const auto& known : known_) names += (names.empty() ? "" : ", ") + known;
    throw InputError{path_of(name) + ": there is no such member; expected one of " + names};
  }
}

nlohmann::ordered_json parse_json_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw InputError{file + ": cannot be read: " + std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
  if (std::filesystem::is_directory(file)) throw InputError{file + ": is a directory"};
  RepeatedMembers repeated{file};
  try {
    return nlohmann::ordered_json::parse(
        in, [&](int, nlohmann::ordered_json::parse_event_t event, const nlohmann::ordered_json& value) {
          return repeated.see(event, value);
        });
  } catch (const nlohmann::json::parse_error& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 2, …"
    throw InputError{file + ": " + what.substr(std::min(what.size(), what.find("] ") + 2))};
  }
}

}  // namespace lmi::sizing::simulate
