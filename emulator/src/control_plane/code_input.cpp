#include "control_plane/code_input.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace lmi::emulator::control_plane {

model::Result<std::vector<std::uint8_t>> take_zip(nlohmann::json& code) {
  if (code.contains("ImageUri")) {
    return model::not_implemented(
        "Container images are not supported by this emulator. Send the package as a zip file (ZipFile; aws "
        "lambda create-function --zip-file fileb://package.zip).");
  }
  if (code.contains("S3Bucket") || code.contains("S3Key")) {
    return model::not_implemented(
        "This emulator has no S3 to fetch code from. Send the package itself (ZipFile; aws lambda "
        "create-function or update-function-code with --zip-file fileb://package.zip).");
  }
  const auto zip = code.find("ZipFile");
  if (zip == code.end()) {
    return model::invalid_parameter(
        "Please provide a source for function code.");  // from memory of AWS's text
  }
  std::vector<std::uint8_t> bytes = std::move(zip->get_binary());
  code.erase(zip);
  return bytes;
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
