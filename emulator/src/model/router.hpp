#pragma once

#include "model/api_model.hpp"
#include "model/uri.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::model {

/// An operation and what its path and query said.
struct Route {
  const Operation* operation = nullptr;
  std::map<std::string, std::string> labels;  ///< Decoded, by member name.
  Target target;
};

/// Finds the operation of a request line. Refers to the model's operations: the model must outlive it.
class Router {
 public:
  explicit Router(const ApiModel& model);

  /// nullopt when no operation has this method and path.
  std::optional<Route> route(std::string_view method, std::string_view target) const;

 private:
  std::vector<const Operation*> by_specificity_;  // operations with a fixed query before those without
};

}  // namespace lmi::emulator::model
