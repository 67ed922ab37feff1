#include "http/exchange.hpp"

#include <strings.h>

#include <algorithm>

namespace lmi::emulator::http {

const std::string* Headers::find(std::string_view name) const noexcept {
  const auto match = std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) {
    return field.first.size() == name.size() &&
           strncasecmp(field.first.data(), name.data(), name.size()) == 0;
  });
  return match == fields_.end() ? nullptr : &match->second;
}

std::string_view Headers::get(std::string_view name) const noexcept {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view{} : std::string_view{*value};
}

}  // namespace lmi::emulator::http
