#pragma once

#include "model/api_error.hpp"
#include "model/router.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace lmi::emulator::model {

/// The input of an operation: types and constraints hold. Absent and null members are absent; blobs are
/// binary values, already decoded. A payload member stays outside: it is the request's body as it came.
struct BoundInput {
  nlohmann::json members = nlohmann::json::object();
};

/// Gathers a request's members from path, query, headers and JSON body, and validates them. Pure.
///
/// `header` gives the first value of a field, or nullptr. `body` is ignored by operations with a payload
/// member. Errors: InvalidRequestContentException (not JSON), SerializationException (a wrong type),
/// ValidationException (a constraint).
Result<BoundInput> bind_input(const Route& route,
                              const std::function<const std::string*(std::string_view)>& header,
                              std::string_view body);

}  // namespace lmi::emulator::model
