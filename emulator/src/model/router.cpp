#include "model/router.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lmi::emulator::model {
namespace {

bool is_label(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{';
}

std::optional<std::map<std::string, std::string>> match_path(const Operation& operation,
                                                             const Target& target) {
  if (operation.path.size() != target.segments.size()) return std::nullopt;
  std::map<std::string, std::string> labels;
  for (std::size_t i = 0; i < operation.path.size(); ++i) {
    const std::string& expected = operation.path[i];
    if (is_label(expected)) {
      labels.emplace(expected.substr(1, expected.size() - 2), target.segments[i]);
    } else if (expected != target.segments[i]) {
      return std::nullopt;
    }
  }
  return labels;
}

bool has_fixed_query(const Operation& operation, const Target& target) {
  return std::all_of(operation.fixed_query.begin(), operation.fixed_query.end(),
                     [&target](const auto& wanted) {
                       const std::string* found = target.find(wanted.first);
                       return found && *found == wanted.second;
                     });
}

}  // namespace

Router::Router(const ApiModel& model) {
  for (const Operation& operation : model.operations()) by_specificity_.push_back(&operation);
  std::stable_partition(by_specificity_.begin(), by_specificity_.end(),
                        [](const Operation* operation) { return !operation->fixed_query.empty(); });
}

std::optional<Route> Router::route(std::string_view method, std::string_view target_text) const {
  auto target = parse_target(target_text);
  if (!target) return std::nullopt;
  for (const Operation* operation : by_specificity_) {
    if (operation->method != method || !has_fixed_query(*operation, *target)) continue;
    if (auto labels = match_path(*operation, *target)) {
      return Route{operation, std::move(*labels), std::move(*target)};
    }
  }
  return std::nullopt;
}

}  // namespace lmi::emulator::model
