#include "lmi/header_list.hpp"

#include <algorithm>

namespace lmi {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

void HeaderList::add(std::string_view name, std::string_view value) {
  fields_.push_back({std::string{name}, std::string{value}});
}

void HeaderList::set(std::string_view name, std::string_view value) {
  const auto first = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return same_name(field.name, name); });
  if (first == fields_.end()) return add(name, value);
  first->value = value;
  const std::string kept{name};  // `name` may be a view of a field that is about to go
  fields_.erase(std::remove_if(first + 1, fields_.end(),
                               [&](const Field& field) { return same_name(field.name, kept); }),
                fields_.end());
}

std::size_t HeaderList::remove(std::string_view name) {
  const std::string wanted{name};
  return std::erase_if(fields_, [&](const Field& field) { return same_name(field.name, wanted); });
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const noexcept {
  for (const auto& field : fields_)
    if (same_name(field.name, name)) return field.value;
  return std::nullopt;
}

std::vector<std::string_view> HeaderList::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& field : fields_)
    if (same_name(field.name, name)) values.push_back(field.value);
  return values;
}

}  // namespace lmi
