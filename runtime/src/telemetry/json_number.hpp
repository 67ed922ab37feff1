#pragma once

#include <array>
#include <charconv>
#include <string>

namespace lmi::telemetry {

/// The shortest text that reads back as the same number. `value` must be finite: JSON knows nothing else.
inline void append_json_number(std::string& out, double value) {
  std::array<char, 32> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
  static_cast<void>(failure);  // the longest shortest form has 24 characters
  out.append(text.data(), end);
}

}  // namespace lmi::telemetry
