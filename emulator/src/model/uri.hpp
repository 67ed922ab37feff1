#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::model {

/// A request target taken apart: segments and query are decoded, which must happen after splitting, since a
/// label may hold an ARN or a '/' as %2F.
struct Target {
  std::vector<std::string>
      segments;  ///< Without empty ones at the end: a trailing slash makes no difference.
  std::vector<std::pair<std::string, std::string>> query;  ///< In order; a key without '=' has the value "".

  /// The first value of `key`, or nullptr.
  const std::string* find(std::string_view key) const noexcept;
};

/// nullopt when a %-escape is malformed.
std::optional<Target> parse_target(std::string_view target);

/// nullopt when a %-escape is malformed. `plus_is_space` as in queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace lmi::emulator::model
