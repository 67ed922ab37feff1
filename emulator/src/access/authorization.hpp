#pragma once

#include "model/api_error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::access {

/// The scope of a signature: "<key>/<date>/<region>/<service>/<terminator>".
struct Credential {
  std::string access_key;
  std::string date;  ///< "20150830"
  std::string region;
  std::string service;
  std::string terminator;  ///< "aws4_request" when it is right.

  /// What stands in the string to sign: everything but the key.
  std::string scope() const;
};

/// nullopt when `text` does not have the five parts. A key may itself hold slashes.
std::optional<Credential> parse_credential(std::string_view text);

/// What an Authorization header of AWS Signature Version 4 says.
struct Authorization {
  Credential credential;
  std::vector<std::string> signed_headers;  ///< As sent, which is lower case and sorted.
  std::string signature;
};

/// Whether the header is one of AWS's signatures at all, well-formed or not.
bool is_aws_signature(std::string_view header) noexcept;

/// Takes an Authorization header apart. Errors: IncompleteSignatureException with AWS's texts.
model::Result<Authorization> parse_authorization(std::string_view header);

}  // namespace lmi::emulator::access
