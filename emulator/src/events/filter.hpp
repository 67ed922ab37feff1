#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::events {

/// The patterns of a FilterCriteria: a message passes when it matches one of them; without any, every message
/// passes. Rules (AWS documentation, "Filter rule syntax"): equals, prefix, suffix, equals-ignore-case,
/// anything-but, exists, numeric, "$or", and empty string or null as values.
class Filter {
 public:
  Filter() = default;
  /// nullopt when one of the texts is no pattern.
  static std::optional<Filter> parse(const std::vector<std::string>& patterns);

  /// `record` is a record as the function would get it. Its body is compared as JSON where a pattern looks
  /// into it; a body that is no JSON does not match such a pattern.
  bool passes(const nlohmann::json& record) const;
  bool empty() const noexcept { return patterns_.empty(); }

 private:
  std::vector<nlohmann::json> patterns_;
};

}  // namespace lmi::emulator::events
