#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lmi::events {

/// One piece of a pattern's path. Ordered by how much it says: fixed text most.
struct PatternSegment {
  enum class Kind { fixed, parameter, tail };
  Kind kind = Kind::fixed;
  std::string text;  ///< The fixed text, decoded, or the name.
};

/// "GET /orders/{id}", understood.
struct RoutePattern {
  std::string method;  ///< "ANY" for all.
  std::string path;    ///< Base path included.
  std::vector<PatternSegment> segments;
};

/// Throws std::invalid_argument, saying what is wrong.
RoutePattern parse_route_pattern(std::string_view pattern, std::string_view base_path);

/// The pieces between the "/" of a path, still encoded: none of "/", two of "/a/b", two of "/a/".
std::vector<std::string_view> split_path(std::string_view path);

}  // namespace lmi::events
