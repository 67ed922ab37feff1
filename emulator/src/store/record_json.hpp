#pragma once

#include "model/capacity_provider.hpp"
#include "model/function.hpp"

#include <string>
#include <string_view>

/// How records are written in the state file: JSON documents, so that a later version can add members without
/// changing tables. Unknown members are ignored, absent ones have the type's defaults.
namespace lmi::emulator::store {

std::string to_document(const model::CapacityProvider& provider);
std::string to_document(const model::Function& function);

/// Throw std::runtime_error when the document is not one of ours.
model::CapacityProvider provider_from_document(std::string_view document);
model::Function function_from_document(std::string_view document);

}  // namespace lmi::emulator::store
