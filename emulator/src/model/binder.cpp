#include "model/binder.hpp"

#include "model/base64.hpp"
#include "model/json_text.hpp"
#include "model/validator.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace lmi::emulator::model {
namespace {

using nlohmann::json;
using Kind = Type::Kind;

/// Converts JSON values to the model's types; the first value that does not fit is the fault.
class Converter {
 public:
  /// `value` as a value of `type`: null members dropped, blobs decoded. Null after a fault.
  json typed(const Type& type, const json& value, const std::string& path) {
    switch (type.kind) {
      case Kind::string: return value.is_string() ? value : wrong_type(path, "a String");
      case Kind::integer: return integer(value, path);
      case Kind::number:
      case Kind::timestamp: return value.is_number() ? value : wrong_type(path, "a Number");
      case Kind::boolean: return value.is_boolean() ? value : wrong_type(path, "a Boolean");
      case Kind::blob: return blob(value, path);
      case Kind::list:
      case Kind::map: return collection(type, value, path);
      case Kind::structure: return structure(*type.structure, value, path);
    }
    return wrong_type(path, "a known type");
  }

  /// A member of path, query or header, which all are text.
  json typed_text(const Type& type, const std::string& text, const std::string& path) {
    if (type.kind == Kind::boolean && (text == "true" || text == "false")) return text == "true";
    if (type.kind != Kind::integer) return typed(type, text, path);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return wrong_type(path, "an Integer");
    return number;
  }

  const std::optional<ApiError>& fault() const noexcept { return fault_; }

 private:
  /// Texts in the style of the service's JSON layer; the exact ones were not recorded.
  json wrong_type(const std::string& path, const char* wanted) {
    if (!fault_) {
      fault_ =
          ApiError{"SerializationException", "The value of '" + path + "' can not be converted to " + wanted};
    }
    return nullptr;
  }

  json integer(const json& value, const std::string& path) {
    const bool too_large =
        value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
    if (value.is_number_integer() && !too_large) return value;
    // 4 and 4.0 are the same number to SDKs that have only doubles.
    constexpr double exact = 9007199254740992.0;
    if (value.is_number_float()) {
      const double number = value.get<double>();
      if (number >= -exact && number <= exact && number == std::floor(number)) {
        return static_cast<std::int64_t>(number);
      }
    }
    return wrong_type(path, "an Integer");
  }

  json blob(const json& value, const std::string& path) {
    if (!value.is_string()) return wrong_type(path, "bytes: base64 text is expected");
    auto bytes = base64_decode(value.get_ref<const std::string&>());
    if (!bytes) return wrong_type(path, "bytes: it is not base64");
    return json::binary(std::move(*bytes));
  }

  json structure(const Structure& shape, const json& value, const std::string& path) {
    if (!value.is_object()) return wrong_type(path, "a structure");
    json made = json::object();
    for (const Member& member : shape.members) {
      const auto at = value.find(member.name);
      if (at == value.end() || at->is_null()) continue;
      made[member.name] = typed(member.type, *at, path + "." + member.path_name);
    }
    return made;
  }

  /// Null items stay null: the validator names them.
  json collection(const Type& type, const json& value, const std::string& path) {
    if (type.kind == Kind::list) {
      if (!value.is_array()) return wrong_type(path, "a list");
      json made = json::array();
      for (const json& item : value) made.push_back(item.is_null() ? item : typed(*type.inner, item, path));
      return made;
    }
    if (!value.is_object()) return wrong_type(path, "a map");
    json made = json::object();
    for (const auto& [key, item] : value.items()) {
      made[key] = item.is_null() ? item : typed(*type.inner, item, path);
    }
    return made;
  }

  std::optional<ApiError> fault_;
};

/// The text of a non-body member, or nullopt when the request does not have it.
std::optional<std::string> text_of(const Member& member, const Route& route,
                                   const std::function<const std::string*(std::string_view)>& header) {
  const std::string* found = nullptr;
  if (member.location == Location::uri) {
    const auto label = route.labels.find(member.name);
    if (label != route.labels.end()) found = &label->second;
  } else if (member.location == Location::query) {
    found = route.target.find(member.wire_name);
  } else if (member.location == Location::header) {
    found = header(member.wire_name);
  }
  return found ? std::optional{*found} : std::nullopt;
}

json repeated_query(const Member& member, const Route& route) {
  json values = json::array();
  for (const auto& [key, value] : route.target.query) {
    if (key == member.wire_name) values.push_back(value);
  }
  return values;
}

/// The JSON object in `body`; an empty body has no members.
std::optional<ApiError> parse_body(std::string_view body, json& object) {
  object = json::object();
  if (body.empty()) return std::nullopt;
  JsonFault fault;
  if (json_nesting(body) > deepest_nesting) {  // text: ours
    fault.text = "It is nested deeper than " + std::to_string(deepest_nesting) + " levels";
    return ApiError{"InvalidRequestContentException",
                    "Could not parse request body into json: " + fault.text};
  }
  auto parsed = parse_json(body, fault);
  if (parsed && !parsed->is_object()) fault.text = "an object is expected";
  if (!parsed || !parsed->is_object()) {
    return ApiError{"InvalidRequestContentException",
                    "Could not parse request body into json: " + fault.text};
  }
  object = std::move(*parsed);
  return std::nullopt;
}

}  // namespace

Result<BoundInput> bind_input(const Route& route,
                              const std::function<const std::string*(std::string_view)>& header,
                              std::string_view body) {
  const Operation& operation = *route.operation;
  json given;
  if (!operation.payload_member()) {
    if (auto fault = parse_body(body, given)) return *std::move(fault);
  }

  BoundInput bound;
  Converter converter;
  for (const Member& member : operation.input.members) {
    if (member.location == Location::payload) continue;
    if (member.location == Location::body) {
      const auto at = given.find(member.name);
      if (at == given.end() || at->is_null()) continue;
      bound.members[member.name] = converter.typed(member.type, *at, member.path_name);
    } else if (member.type.kind == Kind::list) {
      json repeated = repeated_query(member, route);
      if (!repeated.empty()) bound.members[member.name] = std::move(repeated);
    } else if (const auto text = text_of(member, route, header)) {
      bound.members[member.name] = converter.typed_text(member.type, *text, member.path_name);
    }
    if (converter.fault()) return *converter.fault();
  }

  auto violations = validate(operation.input, bound.members);
  std::erase_if(violations, [&](const Violation& violation) {
    const Member* payload = operation.payload_member();
    return payload && violation.path == payload->path_name;
  });
  if (!violations.empty()) return validation(violations_text(violations));
  return bound;
}

}  // namespace lmi::emulator::model
