#include "control_plane/code_input.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace lmi::emulator::control_plane {

model::Result<CodeOrigin> take_code(nlohmann::json& code) {
  if (code.contains("ImageUri")) {
    return model::not_implemented(
        "Container images are not supported by this emulator. Send the package as a zip file (ZipFile; aws "
        "lambda create-function --zip-file fileb://package.zip).");
  }
  const auto zip = code.find("ZipFile");
  const bool is_in_bucket = code.contains("S3Bucket") || code.contains("S3Key");
  if (zip != code.end() && is_in_bucket) {  // from memory of AWS's text
    return model::invalid_parameter(
        "Please do not provide other FunctionCode parameters when providing a "
        "ZipFile.");
  }
  if (is_in_bucket) {
    S3Object object{code.value("S3Bucket", std::string{}), code.value("S3Key", std::string{}),
                    code.value("S3ObjectVersion", std::string{})};
    if (object.bucket.empty() || object.key.empty()) {  // text: ours
      return model::invalid_parameter("Code in a bucket is named by both S3Bucket and S3Key.");
    }
    return CodeOrigin{std::move(object)};
  }
  if (zip == code.end()) {
    return model::invalid_parameter(
        "Please provide a source for function code.");  // from memory of AWS's text
  }
  std::vector<std::uint8_t> bytes = std::move(zip->get_binary());
  code.erase(zip);
  return CodeOrigin{std::move(bytes)};
}

model::ApiError package_error(const store::PackageFault& fault) {
  switch (fault.kind) {
    case store::PackageFault::Kind::invalid: return model::invalid_parameter(fault.message);
    case store::PackageFault::Kind::zipped_too_large:
      return {"RequestEntityTooLargeException", fault.message};
    case store::PackageFault::Kind::host: return model::service_error(fault.message);
  }
  return model::service_error(fault.message);
}

}  // namespace lmi::emulator::control_plane
