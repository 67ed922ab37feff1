#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace lmi::cli {

struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< Empty: long-lived keys.
};

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; without them a fixed pair, which the
/// emulator takes.
Credentials credentials_from_environment();

/// One request, as far as a signature covers it.
struct SignedRequest {
  std::string_view method;
  std::string_view host;   ///< As in the Host header.
  std::string_view path;   ///< Percent-encoded, as sent.
  std::string_view query;  ///< Percent-encoded, as sent, without '?'; may be empty.
  std::string_view body;
};

struct SigningScope {
  std::string_view region;
  std::string_view service = "lambda";
  std::chrono::system_clock::time_point time;
};

/// The header fields of an AWS Signature Version 4 (Authorization, X-Amz-Date, and X-Amz-Security-Token with
/// a session token). Pure. The same request in the same second has the same signature, so a load generator
/// signs once and sends often; a signature is good for five minutes. Not curl's CURLOPT_AWS_SIGV4: in Debian
/// 12's curl 7.88 it neither sorts the query nor encodes the path the way services other than S3 want, and
/// the load generator does not go through curl.
std::map<std::string, std::string> sign_v4(const SignedRequest& request, const SigningScope& scope,
                                           const Credentials& credentials);

}  // namespace lmi::cli
