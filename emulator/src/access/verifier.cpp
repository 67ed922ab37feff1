#include "access/verifier.hpp"

#include "access/canonical_request.hpp"
#include "access/signature.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <utility>

namespace lmi::emulator::access {
namespace {

using TimePoint = std::chrono::system_clock::time_point;

constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
constexpr const char* amz_format = "%Y%m%dT%H%M%SZ";

model::ApiError invalid_signature(std::string message) {
  return {"InvalidSignatureException", std::move(message)};
}

model::ApiError bad_key() {
  return {"UnrecognizedClientException", "The security token included in the request is invalid."};
}

std::string amz_text(TimePoint time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), amz_format, &utc)};
}

/// Reads a time in one of strptime's formats, to its last character.
std::optional<TimePoint> read_time(const std::string& text, const char* format) {
  std::tm utc{};
  const char* end = ::strptime(text.c_str(), format, &utc);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

/// "20150830T123600Z" and nothing else: strptime alone takes "2015 8 3T…" too.
std::optional<TimePoint> read_amz_date(const std::string& text) {
  const bool plain = text.size() == 16 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                       return std::isdigit(c) != 0 || c == 'T' || c == 'Z';
                     });
  return plain ? read_time(text, amz_format) : std::nullopt;
}

/// X-Amz-Date, else Date in either of the forms clients give it. "" when there is neither.
std::string date_of(const http::Headers& headers) {
  if (headers.find("X-Amz-Date")) return canonical_value(headers, "X-Amz-Date");
  const std::string date = canonical_value(headers, "Date");
  const auto time = read_time(date, "%a, %d %b %Y %H:%M:%S GMT");
  return time ? amz_text(*time) : date;
}

bool is_signed(const Authorization& authorization, std::string_view name) {
  return std::find(authorization.signed_headers.begin(), authorization.signed_headers.end(), name) !=
         authorization.signed_headers.end();
}

/// The first of AWS's own fields that the signature does not cover; whoever changed it would go unnoticed.
std::optional<std::string> unsigned_field(const http::Headers& headers, const Authorization& authorization) {
  for (const auto& [field, value] : headers) {
    std::string name = field;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    // A session token may be added after signing; it is compared with ours in any case.
    if (!name.starts_with("x-amz-") || name == "x-amz-security-token" || name == "x-amz-date") continue;
    if (!is_signed(authorization, name)) return name;
  }
  return std::nullopt;
}

}  // namespace

Verifier::Verifier(Credentials credentials, std::string region, WallClock wall_clock)
    : credentials_{std::move(credentials)}, region_{std::move(region)}, wall_clock_{std::move(wall_clock)} {}

model::Result<Verifier::Claim> Verifier::examine(const http::Head& head, std::string_view service) const {
  const std::string_view header = head.headers.get("Authorization");
  if (!is_aws_signature(header))
    return model::ApiError{"MissingAuthenticationTokenException", "Missing Authentication Token"};
  auto authorization = parse_authorization(header);
  if (!authorization) return authorization.error();

  Claim claim;
  claim.amz_date = date_of(head.headers);
  if (claim.amz_date.empty()) {
    return model::ApiError{"IncompleteSignatureException",
                           "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                           "header. Authorization=AWS4-HMAC-SHA256"};
  }
  if (auto problem = check_time(claim.amz_date)) return *std::move(problem);
  if (!is_signed(*authorization, "host"))
    return invalid_signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  if (const auto field = unsigned_field(head.headers, *authorization))
    return invalid_signature("'" + *field + "' must be a 'SignedHeader' in the AWS Authorization.");

  const auto known = credentials_.find(authorization->credential.access_key);
  if (known == credentials_.end()) return bad_key();
  const std::string token = canonical_value(head.headers, "X-Amz-Security-Token");
  if (!same_secret(token, known->second.session_token)) return bad_key();
  if (auto problem = check_scope(authorization->credential, service, claim.amz_date))
    return *std::move(problem);

  claim.secret = known->second.secret_key;
  if (head.headers.find("X-Amz-Content-Sha256"))
    claim.payload_hash = canonical_value(head.headers, "X-Amz-Content-Sha256");
  claim.authorization = *std::move(authorization);
  return claim;
}

std::optional<model::ApiError> Verifier::check_time(const std::string& amz_date) const {
  const auto time = read_amz_date(amz_date);
  if (!time) {
    return model::ApiError{"IncompleteSignatureException",
                           "Date must be in ISO-8601 'basic format'. Got '" + amz_date +
                               "'. See http://en.wikipedia.org/wiki/ISO_8601"};
  }
  const TimePoint now = wall_clock_();
  const std::string minutes = std::to_string(tolerance.count()) + " min.)";
  if (*time < now - tolerance) {
    return invalid_signature("Signature expired: " + amz_date + " is now earlier than " +
                             amz_text(now - tolerance) + " (" + amz_text(now) + " - " + minutes);
  }
  if (*time > now + tolerance) {
    return invalid_signature("Signature not yet current: " + amz_date + " is still later than " +
                             amz_text(now + tolerance) + " (" + amz_text(now) + " + " + minutes);
  }
  return std::nullopt;
}

std::optional<model::ApiError> Verifier::check_scope(const Credential& credential, std::string_view service,
                                                     const std::string& amz_date) const {
  std::string wrong;
  if (credential.region != region_)
    wrong += "Credential should be scoped to a valid region, not '" + credential.region + "'. ";
  if (credential.service != service)
    wrong += "Credential should be scoped to correct service: '" + std::string{service} + "'. ";
  if (credential.terminator != "aws4_request")
    wrong += "Credential should be scoped with a valid terminator: 'aws4_request', not '" +
             credential.terminator + "'. ";
  const std::string date = amz_date.substr(0, 8);
  if (credential.date != date) {
    wrong += "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
             credential.date + "' != '" + date + "', from '" + amz_date + "'. ";
  }
  if (wrong.empty()) return std::nullopt;
  wrong.pop_back();
  return invalid_signature(std::move(wrong));
}

std::optional<model::ApiError> Verifier::refute(const Claim& claim, const http::Head& head,
                                                std::string_view body_hash) {
  const std::string payload = claim.payload_hash.value_or(std::string{body_hash});
  const std::string request = canonical_request(head, claim.authorization.signed_headers, payload);
  const std::string right =
      signature_of(request, claim.amz_date, claim.authorization.credential, claim.secret);
  if (!same_secret(right, claim.authorization.signature)) {
    return invalid_signature(
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret "
        "Access Key and signing method. Consult the service documentation for details.");
  }
  if (payload != unsigned_payload && !same_secret(payload, body_hash)) {  // text: ours
    return invalid_signature(
        "The value of the header 'x-amz-content-sha256' is not the SHA-256 of the request's body.");
  }
  return std::nullopt;
}

}  // namespace lmi::emulator::access
