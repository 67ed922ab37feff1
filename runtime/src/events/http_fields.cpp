#include "lmi/http_fields.hpp"

#include "events/ascii.hpp"

#include <algorithm>
#include <utility>

namespace lmi {
namespace {

template <NameCase Case>
bool same(std::string_view a, std::string_view b) noexcept {
  return Case == NameCase::ignored ? events::equal_ignoring_case(a, b) : a == b;
}

}  // namespace

template <NameCase Case>
void NameValues<Case>::add(std::string name, std::string value) {
  pairs_.push_back({std::move(name), std::move(value)});
}

template <NameCase Case>
void NameValues<Case>::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

template <NameCase Case>
void NameValues<Case>::remove(std::string_view name) {
  std::erase_if(pairs_, [&](const NameValue& pair) { return same<Case>(pair.name, name); });
}

template <NameCase Case>
std::optional<std::string_view> NameValues<Case>::get(std::string_view name) const noexcept {
  const auto found = std::find_if(pairs_.begin(), pairs_.end(),
                                  [&](const NameValue& pair) { return same<Case>(pair.name, name); });
  if (found == pairs_.end()) return std::nullopt;
  return found->value;
}

template <NameCase Case>
std::vector<std::string_view> NameValues<Case>::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& pair : pairs_) {
    if (same<Case>(pair.name, name)) values.emplace_back(pair.value);
  }
  return values;
}

template class NameValues<NameCase::ignored>;
template class NameValues<NameCase::significant>;

}  // namespace lmi
