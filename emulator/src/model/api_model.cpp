#include "model/api_model.hpp"

#include "model/embedded_data.hpp"
#include "model/uri.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace lmi::emulator::model {

using nlohmann::json;

struct ApiModel::Data {
  std::map<std::string, std::vector<std::string>, std::less<>> enumerations;
  std::map<std::string, std::unique_ptr<Pattern>, std::less<>> patterns;  // shared by equal expressions
  std::map<std::string, std::unique_ptr<Structure>, std::less<>> structures;
  std::map<std::string, ErrorForm, std::less<>> errors;
  std::vector<Operation> operations;
};

namespace {

/// "KmsKeyArn" → "kmsKeyArn".
std::string camel_case(std::string name) {
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

}  // namespace

/// Turns the JSON of the model and its amendments into the tables above.
class ModelLoader {
 public:
  explicit ModelLoader(ApiModel::Data& data)
      : data_{data}, model_(json::parse(embedded_api_model)), amendments_(json::parse(embedded_amendments)) {
    // What the model's file leaves out.
    for (const char* section : {"enums", "shapes", "operations"}) {
      json added = amendments_.at(section);
      added.erase("about");
      model_.at(section).update(added);
    }
  }

  void run() {
    for (const auto& [name, values] : model_.at("enums").items()) {
      const json& order = amendments_.at("enum_order");
      data_.enumerations[name] = order.contains(name) ? order.at(name) : values;
    }
    // Structures may refer to each other: all get an address before any is filled.
    for (const auto& [name, shape] : model_.at("shapes").items()) {
      data_.structures[name] = std::make_unique<Structure>();
    }
    for (const auto& [name, shape] : model_.at("shapes").items()) {
      fill(*data_.structures[name], shape.at("members"));
    }
    load_errors();
    for (const auto& [name, operation] : model_.at("operations").items()) load_operation(name, operation);
  }

 private:
  const Pattern* pattern(const std::string& expression) {
    auto& slot = data_.patterns[expression];
    if (!slot) slot = std::make_unique<Pattern>(expression);
    return slot.get();
  }

  Type type(const std::string& text) {
    using Kind = Type::Kind;
    static const std::map<std::string, Kind> plain = {
        {"string", Kind::string}, {"integer", Kind::integer},     {"long", Kind::integer},
        {"double", Kind::number}, {"boolean", Kind::boolean},     {"timestamp", Kind::timestamp},
        {"blob", Kind::blob},     {"streaming-blob", Kind::blob},
    };
    Type made;
    if (const auto found = plain.find(text); found != plain.end()) {
      made.kind = found->second;
    } else if (text.starts_with("list<")) {
      made.kind = Kind::list;
      made.inner = std::make_unique<Type>(type(text.substr(5, text.size() - 6)));
    } else if (text.starts_with("map<string,")) {
      made.kind = Kind::map;
      made.inner = std::make_unique<Type>(type(text.substr(11, text.size() - 12)));
    } else {
      made.kind = Kind::structure;
      made.structure = data_.structures.at(text).get();
    }
    return made;
  }

  Constraints constraints(const json& from) {
    Constraints made;
    if (from.contains("min")) made.min = from.at("min").get<double>();
    if (from.contains("max")) made.max = from.at("max").get<double>();
    if (from.contains("pattern")) made.pattern = pattern(from.at("pattern").get<std::string>());
    if (from.contains("enum")) made.values = &data_.enumerations.at(from.at("enum").get<std::string>());
    return made;
  }

  Member member(const json& from) {
    static const std::map<std::string, Location> locations = {{"uri", Location::uri},
                                                              {"query", Location::query},
                                                              {"header", Location::header},
                                                              {"payload", Location::payload}};
    Member made;
    made.name = from.at("n").get<std::string>();
    made.path_name = camel_case(made.name);
    made.wire_name = from.value("name", "");
    if (const auto found = locations.find(from.value("loc", "")); found != locations.end()) {
      made.location = found->second;
    }
    made.required = from.value("req", false);
    made.type = type(from.at("t").get<std::string>());
    made.self = constraints(from);
    if (from.contains("item")) made.items = constraints(from.at("item"));
    if (from.contains("key")) made.keys = constraints(from.at("key"));
    if (from.contains("value")) made.values = constraints(from.at("value"));
    amend(made);
    return made;
  }

  void amend(Member& made) {
    // The model writes an enumeration of items on the list itself.
    if (made.type.kind == Type::Kind::list) made.items.values = std::exchange(made.self.values, nullptr);
    const auto listed = [&made](const json& names) {
      return std::find(names.begin(), names.end(), made.name) != names.end();
    };
    made.items_may_be_null = listed(amendments_.at("lists_whose_items_may_be_null"));
    if (listed(amendments_.at("checked_by_the_operation").at("members"))) made.self.values = nullptr;
    const json& patterns = amendments_.at("patterns").at("members");
    if (patterns.contains(made.name)) made.self.pattern = pattern(patterns.at(made.name).get<std::string>());
    const json& limits = amendments_.at("limits").at("members");
    if (limits.contains(made.name)) made.self.max = limits.at(made.name).at("max").get<double>();
  }

  void fill(Structure& structure, const json& members) {
    for (const json& from : members) structure.members.push_back(member(from));
  }

  void load_errors() {
    for (const auto& [code, error] : model_.at("errors").items()) {
      const json& members = error.at("members");
      const bool capital = std::any_of(members.begin(), members.end(),
                                       [](const json& field) { return field.at("n") == "Message"; });
      data_.errors[code] = {error.at("status").get<unsigned>(), true, capital, error.at("fault") == "client"};
    }
    for (const auto& [code, status] : amendments_.at("errors").items()) {
      if (!status.is_number()) continue;
      data_.errors[code] = {status.get<unsigned>(), false, false, status.get<unsigned>() < 500};
    }
  }

  void load_operation(const std::string& name, const json& from) {
    Operation made;
    made.name = name;
    made.method = from.at("method").get<std::string>();
    made.status = from.at("status").get<unsigned>();
    const auto target = parse_target(from.at("uri").get<std::string>());
    if (!target) throw std::runtime_error{"API model: bad uri of " + name};
    made.path = target->segments;
    made.fixed_query = target->query;
    fill(made.input, from.at("input"));
    data_.operations.push_back(std::move(made));
  }

  ApiModel::Data& data_;
  json model_;
  json amendments_;
};

const Member* Operation::payload_member() const noexcept {
  const auto found = std::find_if(input.members.begin(), input.members.end(),
                                  [](const Member& m) { return m.location == Location::payload; });
  return found == input.members.end() ? nullptr : &*found;
}

ApiModel::ApiModel(std::unique_ptr<Data> data) : data_{std::move(data)} {}
ApiModel::~ApiModel() = default;
ApiModel::ApiModel(ApiModel&&) noexcept = default;
ApiModel& ApiModel::operator=(ApiModel&&) noexcept = default;

ApiModel ApiModel::load() {
  auto data = std::make_unique<Data>();
  ModelLoader{*data}.run();
  return ApiModel{std::move(data)};
}

const std::vector<Operation>& ApiModel::operations() const noexcept {
  return data_->operations;
}

const Operation* ApiModel::find(std::string_view name) const noexcept {
  const auto found = std::find_if(data_->operations.begin(), data_->operations.end(),
                                  [name](const Operation& operation) { return operation.name == name; });
  return found == data_->operations.end() ? nullptr : &*found;
}

ErrorForm ApiModel::error_form(std::string_view code) const {
  const auto found = data_->errors.find(code);
  return found == data_->errors.end() ? ErrorForm{500, false, false, false} : found->second;
}

const std::vector<std::string>* ApiModel::enumeration(std::string_view name) const noexcept {
  const auto found = data_->enumerations.find(name);
  return found == data_->enumerations.end() ? nullptr : &found->second;
}

}  // namespace lmi::emulator::model
