#include "model/validator.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

namespace lmi::emulator::model {
namespace {

using nlohmann::json;
using Kind = Type::Kind;

constexpr const char* not_null = "Member must not be null";

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// A value as messages show it, without the outer quotes. `type`: the model's, nullptr where it has none.
std::string shown(const json& value, const Type* type) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_binary()) return "(binary)";
  const Type* inner = type ? type->inner.get() : nullptr;
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const json& item : value) parts.push_back(shown(item, inner));
    return "[" + joined(parts) + "]";
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [key, item] : value.items()) parts.push_back(key + "=" + shown(item, inner));
    return "{" + joined(parts) + "}";
  }
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  // Recorded: 2, sent for a double, is shown as 2.0.
  if (type && type->kind == Kind::number && value.is_number_integer()) text += ".0";
  return text;
}

std::string limit(double number, Kind kind) {
  std::string text = std::to_string(static_cast<long long>(number));
  if (kind != Kind::number) return text;
  if (number == std::floor(number)) return text + ".0";
  return json(number).dump();
}

/// Code points: lengths are counted in characters, not in bytes.
std::size_t length_of(const json& value) {
  if (!value.is_string()) return value.size();
  const auto& text = value.get_ref<const std::string&>();
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_measured_by_value(Kind kind) {
  return kind == Kind::integer || kind == Kind::number;
}

/// One constraint: what it is called and whether `value` keeps it.
struct Check {
  std::string text;
  bool kept = true;
};

/// In the order in which the service prints several.
std::vector<Check> checks_of(const Constraints& wanted, Kind kind, const json& value) {
  std::vector<Check> checks;
  const bool by_value = is_measured_by_value(kind);
  const double measure = by_value ? value.get<double>() : static_cast<double>(length_of(value));
  const std::string subject = by_value ? "Member must have value " : "Member must have length ";
  if (wanted.values) {
    checks.push_back(
        {enum_constraint(*wanted.values),
         value.is_string() && std::find(wanted.values->begin(), wanted.values->end(),
                                        value.get_ref<const std::string&>()) != wanted.values->end()});
  }
  if (wanted.max) {
    checks.push_back({subject + "less than or equal to " + limit(*wanted.max, kind), measure <= *wanted.max});
  }
  if (wanted.min) {
    checks.push_back(
        {subject + "greater than or equal to " + limit(*wanted.min, kind), measure >= *wanted.min});
  }
  if (wanted.pattern) {
    checks.push_back({"Member must satisfy regular expression pattern: " + wanted.pattern->expression(),
                      value.is_string() && wanted.pattern->matches(value.get_ref<const std::string&>())});
  }
  return checks;
}

/// Validates one structure and what is in it.
class Walk {
 public:
  explicit Walk(std::vector<Violation>& found) : found_{found} {}

  void structure(const Structure& shape, const json& value, const std::string& prefix) {
    for (const Member& member : shape.members) {
      const auto at = value.find(member.name);
      const std::string path = prefix + member.path_name;
      if (at == value.end() || at->is_null()) {
        if (member.required) found_.push_back({"null", path, not_null});
      } else {
        this->member(member, *at, path);
      }
    }
  }

 private:
  void member(const Member& member, const json& value, const std::string& path) {
    for (Check& check : checks_of(member.self, member.type.kind, value)) {
      if (!check.kept)
        found_.push_back({"'" + shown(value, &member.type) + "'", path, std::move(check.text)});
    }
    if (member.type.kind == Kind::list) list(member, value, path);
    if (member.type.kind == Kind::map) map(member, value, path);
    if (member.type.kind == Kind::structure) structure(*member.type.structure, value, path + ".");
  }

  /// The service reports a bad item once, as a fault of the whole list, and names all its items must keep.
  void list(const Member& member, const json& value, const std::string& path) {
    if (member.type.inner->kind == Kind::structure) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string at = path + "." + std::to_string(i + 1) + ".member";
        if (value[i].is_null()) {
          found_.push_back({"null", at, not_null});  // inferred from the form for members
        } else {
          structure(*member.type.inner->structure, value[i], at + ".");
        }
      }
      return;
    }
    nested(member.items, member.type.inner->kind, value,
           {value, member.type, path, "Member must satisfy constraint: [", !member.items_may_be_null, true});
  }

  void map(const Member& member, const json& value, const std::string& path) {
    const Type& inner = *member.type.inner;
    json keys = json::array();
    json values = json::array();
    for (const auto& [key, item] : value.items()) {
      keys.push_back(key);
      values.push_back(item);
    }
    nested(member.keys, Kind::string, keys,
           {value, member.type, path, "Map keys must satisfy constraint: [", false, false});
    nested(member.values, inner.kind, values,
           {value, member.type, path, "Map value must satisfy constraint: [", true, false});
    if (inner.kind != Kind::list) return;
    // The model has no constraints for the items of such lists; null is none of them. The text is inferred.
    for (const json& list : values) {
      if (std::any_of(list.begin(), list.end(), [](const json& item) { return item.is_null(); }))
        return found_.push_back({"'" + shown(value, &member.type) + "'", path,
                                 "Map value must satisfy constraint: [Member must satisfy constraint: [" +
                                     std::string{not_null} + "]]"});
    }
  }

  struct Whole {
    const json& value;
    const Type& type;
    const std::string& path;
    const char* opening;
    bool not_null_is_named;
    bool one_stands_alone;  ///< A single constraint is named without the opening (recorded for lists).
  };

  void nested(const Constraints& wanted, Kind kind, const json& items, const Whole& whole) {
    for (const json& item : items) {
      std::vector<std::string> texts;
      bool kept = !item.is_null();
      for (Check& check : checks_of(wanted, kind, item.is_null() ? blank(kind) : item)) {
        kept = kept && check.kept;
        texts.push_back(std::move(check.text));
      }
      if (kept) continue;
      if (whole.not_null_is_named) texts.emplace_back(not_null);
      const bool alone = whole.one_stands_alone && texts.size() == 1;
      found_.push_back({"'" + shown(whole.value, &whole.type) + "'", whole.path,
                        alone ? texts.front() : whole.opening + joined(texts) + "]"});
      return;
    }
  }

  static json blank(Kind kind) { return is_measured_by_value(kind) ? json(0) : json(""); }

  std::vector<Violation>& found_;
};

}  // namespace

std::string enum_constraint(const std::vector<std::string>& values) {
  return "Member must satisfy enum value set: [" + joined(values) + "]";
}

std::vector<Violation> validate(const Structure& shape, const json& input) {
  std::vector<Violation> found;
  Walk{found}.structure(shape, input, "");
  return found;
}

}  // namespace lmi::emulator::model
