#pragma once

#include "model/pattern.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::model {

struct Structure;

/// What the model asks of a value, apart from its type.
struct Constraints {
  std::optional<double> min;  ///< Of the value of a number; of the length of a string, list or map.
  std::optional<double> max;
  const Pattern* pattern = nullptr;                  ///< Owned by the ApiModel.
  const std::vector<std::string>* values = nullptr;  ///< The enumeration, in the order the service prints it.
};

/// The type of a member, item or map value.
struct Type {
  enum class Kind { string, integer, number, boolean, timestamp, blob, list, map, structure };
  Kind kind = Kind::string;
  std::unique_ptr<Type> inner;           ///< Items of a list, values of a map.
  const Structure* structure = nullptr;  ///< Owned by the ApiModel.
};

/// Where in the HTTP request a member travels.
enum class Location { body, uri, query, header, payload };

struct Member {
  std::string name;       ///< As in JSON: "CapacityProviderName".
  std::string path_name;  ///< As in validation messages: "capacityProviderName".
  std::string wire_name;  ///< Of a query or header member.
  Location location = Location::body;
  bool required = false;
  bool items_may_be_null = false;  ///< Shows only in messages about a list.
  Type type;
  Constraints self;
  Constraints items;   ///< Of a list.
  Constraints keys;    ///< Of a map.
  Constraints values;  ///< Of a map.
};

struct Structure {
  std::vector<Member> members;
};

struct Operation {
  std::string name;
  std::string method;
  std::vector<std::string> path;                                 ///< Segments; "{FunctionName}" is a label.
  std::vector<std::pair<std::string, std::string>> fixed_query;  ///< E.g. List=ALL.
  unsigned status = 200;
  Structure input;

  const Member* payload_member() const noexcept;
};

/// How the service puts an error into HTTP.
struct ErrorForm {
  unsigned status = 500;
  bool declared = false;         ///< In the model: its body carries Type.
  bool capital_message = false;  ///< "Message" instead of "message": it differs from code to code.
  bool is_client_fault = true;
};

/// The API: operations with their HTTP bindings and constraints, and errors. Immutable after load().
///
/// Threads: any.
class ApiModel {
 public:
  /// The model compiled into the program. Throws std::runtime_error when the data is broken.
  static ApiModel load();
  ~ApiModel();
  ApiModel(ApiModel&&) noexcept;
  ApiModel& operator=(ApiModel&&) noexcept;

  const std::vector<Operation>& operations() const noexcept;
  /// nullptr when there is none of that name.
  const Operation* find(std::string_view name) const noexcept;
  /// An unknown code gets the form of an undeclared server fault.
  ErrorForm error_form(std::string_view code) const;
  /// nullptr when there is none of that name.
  const std::vector<std::string>* enumeration(std::string_view name) const noexcept;

 private:
  friend class ModelLoader;
  struct Data;
  explicit ApiModel(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

}  // namespace lmi::emulator::model
