#include "http/exchange.hpp"

#include <strings.h>

#include <algorithm>

namespace lmi::emulator::http {

namespace {

/// Whether a field has this name.
auto is_named(std::string_view name) {
  return [name](const auto& field) {
    return field.first.size() == name.size() &&
           strncasecmp(field.first.data(), name.data(), name.size()) == 0;
  };
}

}  // namespace

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, is_named(name));
}

const std::string* Headers::find(std::string_view name) const noexcept {
  const auto match = std::find_if(fields_.begin(), fields_.end(), is_named(name));
  return match == fields_.end() ? nullptr : &match->second;
}

std::string_view Headers::get(std::string_view name) const noexcept {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view{} : std::string_view{*value};
}

}  // namespace lmi::emulator::http
