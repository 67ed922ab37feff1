#include "sigv4.hpp"

#include "endpoint.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace lmi::cli {
namespace {

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string sha256(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

/// "20150830T123600Z"; its first eight characters are the date of the scope.
std::string amz_date(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

/// Each segment is encoded once more: AWS asks for that of every service but S3.
std::string canonical_path(std::string_view path) {
  std::string canonical;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const auto end = std::min(path.find('/', begin), path.size());
    canonical += percent_encode(path.substr(begin, end - begin));
    if (end < path.size()) canonical += '/';
    begin = end + 1;
  }
  return canonical.empty() ? "/" : canonical;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::string> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    std::string parameter{query.substr(0, end)};
    if (parameter.find('=') == std::string::npos) parameter += '=';
    parameters.push_back(std::move(parameter));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string canonical;
  for (const auto& parameter : parameters) {
    if (!canonical.empty()) canonical += '&';
    canonical += parameter;
  }
  return canonical;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread is started
  return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace

Credentials credentials_from_environment() {
  Credentials credentials{variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
                          variable("AWS_SESSION_TOKEN")};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) return {"test", "test", ""};
  return credentials;
}

std::map<std::string, std::string> sign_v4(const SignedRequest& request, const SigningScope& scope,
                                           const Credentials& credentials) {
  const std::string time = amz_date(scope.time);
  const std::string date = time.substr(0, 8);

  std::string headers = "host:" + std::string{request.host} + "\nx-amz-date:" + time + '\n';
  std::string names = "host;x-amz-date";
  if (!credentials.session_token.empty()) {
    headers += "x-amz-security-token:" + credentials.session_token + '\n';
    names += ";x-amz-security-token";
  }

  const std::string canonical = std::string{request.method} + '\n' + canonical_path(request.path) + '\n' +
                                canonical_query(request.query) + '\n' + headers + '\n' + names + '\n' +
                                to_hex(sha256(request.body));
  const std::string scope_text =
      date + '/' + std::string{scope.region} + '/' + std::string{scope.service} + "/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + '\n' + scope_text + '\n' + to_hex(sha256(canonical));

  std::string key = hmac_sha256("AWS4" + credentials.secret_key, date);
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, "aws4_request");
  const std::string signature = to_hex(hmac_sha256(key, to_sign));

  std::map<std::string, std::string> fields{
      {"Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key + '/' + scope_text +
                            ", SignedHeaders=" + names + ", Signature=" + signature},
      {"X-Amz-Date", time}};
  if (!credentials.session_token.empty()) fields.emplace("X-Amz-Security-Token", credentials.session_token);
  return fields;
}

}  // namespace lmi::cli
