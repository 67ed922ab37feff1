#include "events/route_pattern.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lmi::events {
namespace {

using Kind = PatternSegment::Kind;

PatternSegment parse_segment(std::string_view text) {
  const bool braces = text.starts_with('{') && text.ends_with('}') && text.size() > 2;
  auto name = braces ? text.substr(1, text.size() - 2) : text;
  const bool tail = braces && name.ends_with('+');
  if (tail) name.remove_suffix(1);
  if (name.find_first_of("{}") != std::string_view::npos || (braces && name.empty())) {
    throw std::invalid_argument{"\"" + std::string{text} + "\" is neither fixed text nor {name} nor {name+}"};
  }
  return {tail ? Kind::tail : braces ? Kind::parameter : Kind::fixed, std::string{name}};
}

void check(const RoutePattern& pattern) {
  const bool method = !pattern.method.empty() && std::all_of(pattern.method.begin(), pattern.method.end(),
                                                             [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!method) throw std::invalid_argument{"no method in capital letters, or ANY, before the path"};
  for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
    const auto& segment = pattern.segments[i];
    if (segment.kind == Kind::fixed) continue;
    if (segment.kind == Kind::tail && i + 1 != pattern.segments.size()) {
      throw std::invalid_argument{"something after {" + segment.text + "+}"};
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (pattern.segments[j].kind != Kind::fixed && pattern.segments[j].text == segment.text) {
        throw std::invalid_argument{"two placeholders named " + segment.text};
      }
    }
  }
}

}  // namespace

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty()) return segments;
  segments.reserve(8);
  for (;;) {
    const auto end = path.find('/');
    segments.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return segments;
    path.remove_prefix(end + 1);
  }
}

RoutePattern parse_route_pattern(std::string_view pattern, std::string_view base_path) {
  try {
    const auto space = pattern.find(' ');
    if (space == std::string_view::npos) throw std::invalid_argument{"no space between method and path"};
    const auto path = pattern.substr(space + 1);
    if (!path.starts_with('/')) throw std::invalid_argument{"the path does not begin with /"};
    if (!base_path.empty() && (!base_path.starts_with('/') || base_path.ends_with('/'))) {
      throw std::invalid_argument{"the base path \"" + std::string{base_path} + "\" is not of the form /v1"};
    }
    RoutePattern parsed{std::string{pattern.substr(0, space)}, std::string{base_path}, {}};
    if (base_path.empty() || path != "/") parsed.path += path;
    for (const auto segment : split_path(parsed.path)) parsed.segments.push_back(parse_segment(segment));
    check(parsed);
    return parsed;
  } catch (const std::invalid_argument& problem) {
    throw std::invalid_argument{"route \"" + std::string{pattern} + "\": " + problem.what()};
  }
}

}  // namespace lmi::events
