#include "environment/error_types.hpp"

#include <cctype>

namespace lmi::emulator::environment::error_type {
namespace {

/// Whether `text` contains `category` followed by [A-Z][a-zA-Z]+, anywhere.
bool contains_type(std::string_view text, std::string_view category) {
  for (auto at = text.find(category); at != std::string_view::npos; at = text.find(category, at + 1)) {
    const auto reason = text.substr(at + category.size());
    if (reason.size() >= 2 && std::isupper(static_cast<unsigned char>(reason[0])) != 0 &&
        std::isalpha(static_cast<unsigned char>(reason[1])) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string validated(std::string_view from_runtime) {
  if (contains_type(from_runtime, "Runtime.") || contains_type(from_runtime, "Function.")) {
    return std::string(from_runtime);
  }
  return from_runtime.starts_with("Function.") ? "Function.Unknown" : "Runtime.Unknown";
}

std::string validated_extension(std::string_view from_extension, std::string_view fallback) {
  return std::string(contains_type(from_extension, "Extension.") ? from_extension : fallback);
}

}  // namespace lmi::emulator::environment::error_type
