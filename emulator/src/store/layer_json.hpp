#pragma once

#include "model/layer.hpp"

#include <string>
#include <string_view>

namespace lmi::emulator::store {

/// How a layer with all its versions is written: a document of this kind. Rules as in record_json.hpp.
inline constexpr const char* layer_kind = "layer";

std::string to_document(const model::Layer& layer);

/// Throws std::runtime_error when the document is not one of ours.
model::Layer layer_from_document(std::string_view document);

}  // namespace lmi::emulator::store
