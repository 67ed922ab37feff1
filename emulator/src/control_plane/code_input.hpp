#pragma once

#include "model/api_error.hpp"
#include "store/package_store.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lmi::emulator::control_plane {

/// A zip file in a bucket.
struct S3Object {
  std::string bucket;
  std::string key;
  std::string version;  ///< Empty: the newest.
};

/// Where a zip file comes from: it came with the request, or lies in a bucket.
using CodeOrigin = std::variant<std::vector<std::uint8_t>, S3Object>;

/// Takes the origin out of a FunctionCode or LayerVersionContentInput structure (or UpdateFunctionCode's
/// input, which looks the same): a file may be large, and calls are copied. Errors: no code, or a container
/// image.
model::Result<CodeOrigin> take_code(nlohmann::json& code);

model::ApiError package_error(const store::PackageFault& fault);

}  // namespace lmi::emulator::control_plane
