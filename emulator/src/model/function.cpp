#include "model/function.hpp"

#include <charconv>

namespace lmi::emulator::model {

const Version* Function::find(std::string_view qualifier) const {
  if (qualifier.empty() || qualifier == model::latest) return &latest;
  if (qualifier == latest_published) return published ? &*published : nullptr;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(qualifier.data(), qualifier.data() + qualifier.size(), number);
  if (error != std::errc{} || end != qualifier.data() + qualifier.size()) return nullptr;
  const auto found = numbered.find(number);
  return found == numbered.end() ? nullptr : &found->second;
}

Version* Function::find(std::string_view qualifier) {
  return const_cast<Version*>(static_cast<const Function&>(*this).find(qualifier));
}

const Alias* Function::alias(std::string_view alias_name) const {
  const auto found = aliases.find(alias_name);
  return found == aliases.end() ? nullptr : &found->second;
}

void Function::forget(const std::string& qualifier) {
  provisioned_concurrency.erase(qualifier);
  policies.erase(qualifier);
  runtime_management.erase(qualifier);
  event_invoke_configs.erase(qualifier);
  urls.erase(qualifier);
}

}  // namespace lmi::emulator::model
