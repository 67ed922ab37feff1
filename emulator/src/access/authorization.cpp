#include "access/authorization.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <utility>

namespace lmi::emulator::access {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view separators = ", \t";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// "Name=value" pairs, parted by commas, blanks or both: clients differ.
std::map<std::string, std::string, std::less<>> parameters_of(std::string_view text) {
  std::map<std::string, std::string, std::less<>> parameters;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return parameters;
    text.remove_prefix(begin);
    const std::string_view pair = text.substr(0, text.find_first_of(separators));
    text.remove_prefix(pair.size());
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    parameters.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
}

model::ApiError incomplete(std::string message) {
  return {"IncompleteSignatureException", std::move(message)};
}

}  // namespace

std::string Credential::scope() const {
  return date + "/" + region + "/" + service + "/" + terminator;
}

std::optional<Credential> parse_credential(std::string_view text) {
  auto parts = split(text, '/');
  if (parts.size() < 5) return std::nullopt;
  const std::size_t last = parts.size() - 1;
  Credential credential;
  credential.terminator = std::move(parts[last]);
  credential.service = std::move(parts[last - 1]);
  credential.region = std::move(parts[last - 2]);
  credential.date = std::move(parts[last - 3]);
  credential.access_key = std::move(parts[0]);
  for (std::size_t i = 1; i < last - 3; ++i) credential.access_key += "/" + parts[i];
  return credential;
}

bool is_aws_signature(std::string_view header) noexcept {
  return header.starts_with("AWS4-");
}

model::Result<Authorization> parse_authorization(std::string_view header) {
  // The texts are AWS's, as users of its services report them.
  const std::string_view scheme = header.substr(0, header.find(' '));
  if (scheme != algorithm) return incomplete("Unsupported AWS 'algorithm': '" + std::string{scheme} + "'.");
  const auto parameters = parameters_of(header.substr(scheme.size()));
  std::string missing;
  for (const char* name : {"Credential", "Signature", "SignedHeaders"}) {
    const auto found = parameters.find(name);
    if (found == parameters.end() || found->second.empty()) {
      missing += std::string{"Authorization header requires '"} + name + "' parameter. ";
    }
  }
  // Not the header itself, as AWS does: what goes into logs must not help to forge a request.
  if (!missing.empty()) return incomplete(missing + "Authorization=" + std::string{scheme});

  auto credential = parse_credential(parameters.find("Credential")->second);
  if (!credential) {
    return incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
        "'" +
        parameters.find("Credential")->second + "'");
  }
  return Authorization{*std::move(credential), split(parameters.find("SignedHeaders")->second, ';'),
                       parameters.find("Signature")->second};
}

}  // namespace lmi::emulator::access
