#include "fleet/catalogue.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace lmi::emulator::fleet {

bool matches(std::string_view pattern, std::string_view name) noexcept {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // the last '*' met, to come back to
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // let the '*' swallow one more character
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Catalogue eligible_types(const Catalogue& all, std::string_view architecture,
                         std::span<const std::string> allowed, std::span<const std::string> excluded) {
  const auto named_by = [](std::span<const std::string> patterns, const InstanceType& type) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, type.name); });
  };
  Catalogue eligible;
  std::copy_if(all.begin(), all.end(), std::back_inserter(eligible), [&](const InstanceType& type) {
    return type.architecture == architecture && (allowed.empty() || named_by(allowed, type)) &&
           !named_by(excluded, type);
  });
  std::sort(eligible.begin(), eligible.end(),
            [](const InstanceType& a, const InstanceType& b) { return a.name < b.name; });
  return eligible;
}

}  // namespace lmi::emulator::fleet
