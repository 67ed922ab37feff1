#pragma once

#include <string_view>

namespace lmi::emulator::model {

/// data/lambda-2015-03-31.json: operations, shapes, errors and enumerations of the API.
extern const std::string_view embedded_api_model;

/// data/amendments.json: where the service was seen to differ from its model.
extern const std::string_view embedded_amendments;

}  // namespace lmi::emulator::model
