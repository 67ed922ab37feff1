#pragma once

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aws {
namespace http {

/// HTTP status codes by name (IANA's registry, and what some servers added), and one for no reply at all.
enum class response_code {
  REQUEST_NOT_MADE = -1,
  CONTINUE = 100,
  SWITCHING_PROTOCOLS = 101,
  PROCESSING = 102,
  OK = 200,
  CREATED = 201,
  ACCEPTED = 202,
  NON_AUTHORITATIVE_INFORMATION = 203,
  NO_CONTENT = 204,
  RESET_CONTENT = 205,
  PARTIAL_CONTENT = 206,
  MULTI_STATUS = 207,
  ALREADY_REPORTED = 208,
  IM_USED = 226,
  MULTIPLE_CHOICES = 300,
  MOVED_PERMANENTLY = 301,
  FOUND = 302,
  SEE_OTHER = 303,
  NOT_MODIFIED = 304,
  USE_PROXY = 305,
  SWITCH_PROXY = 306,
  TEMPORARY_REDIRECT = 307,
  PERMANENT_REDIRECT = 308,
  BAD_REQUEST = 400,
  UNAUTHORIZED = 401,
  PAYMENT_REQUIRED = 402,
  FORBIDDEN = 403,
  NOT_FOUND = 404,
  METHOD_NOT_ALLOWED = 405,
  NOT_ACCEPTABLE = 406,
  PROXY_AUTHENTICATION_REQUIRED = 407,
  REQUEST_TIMEOUT = 408,
  CONFLICT = 409,
  GONE = 410,
  LENGTH_REQUIRED = 411,
  PRECONDITION_FAILED = 412,
  REQUEST_ENTITY_TOO_LARGE = 413,
  REQUEST_URI_TOO_LONG = 414,
  UNSUPPORTED_MEDIA_TYPE = 415,
  REQUESTED_RANGE_NOT_SATISFIABLE = 416,
  EXPECTATION_FAILED = 417,
  IM_A_TEAPOT = 418,
  AUTHENTICATION_TIMEOUT = 419,
  METHOD_FAILURE = 420,
  UNPROC_ENTITY = 422,
  LOCKED = 423,
  FAILED_DEPENDENCY = 424,
  UPGRADE_REQUIRED = 426,
  PRECONDITION_REQUIRED = 427,
  TOO_MANY_REQUESTS = 429,
  REQUEST_HEADER_FIELDS_TOO_LARGE = 431,
  LOGIN_TIMEOUT = 440,
  NO_RESPONSE = 444,
  RETRY_WITH = 449,
  BLOCKED = 450,
  REDIRECT = 451,
  REQUEST_HEADER_TOO_LARGE = 494,
  CERT_ERROR = 495,
  NO_CERT = 496,
  HTTP_TO_HTTPS = 497,
  CLIENT_CLOSED_TO_REQUEST = 499,
  INTERNAL_SERVER_ERROR = 500,
  NOT_IMPLEMENTED = 501,
  BAD_GATEWAY = 502,
  SERVICE_UNAVAILABLE = 503,
  GATEWAY_TIMEOUT = 504,
  HTTP_VERSION_NOT_SUPPORTED = 505,
  VARIANT_ALSO_NEGOTIATES = 506,
  INSUFFICIENT_STORAGE = 506,  // the original's value; the registry's is 507
  LOOP_DETECTED = 508,
  BANDWIDTH_LIMIT_EXCEEDED = 509,
  NOT_EXTENDED = 510,
  NETWORK_AUTHENTICATION_REQUIRED = 511,
  NETWORK_READ_TIMEOUT = 598,
  NETWORK_CONNECT_TIMEOUT = 599
};

/// A reply as it is put together. Header names are kept in lower case, values as they are.
///
/// Threads:  any, as long as nobody changes it meanwhile.
/// Lifetime: it owns copies of what it is given; references it returns are valid until it is changed.
/// Errors:   asking for a header that is not there is a bug (assert).
class response {
 public:
  void add_header(std::string name, std::string const& value) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    headers_.emplace_back(std::move(name), value);
  }
  void append_body(const char* bytes, std::size_t size) { body_.append(bytes, size); }
  void set_response_code(response_code code) { code_ = code; }
  void set_content_type(char const* type) { content_type_ = type == nullptr ? "" : type; }

  /// `header` in lower case.
  bool has_header(char const* header) const { return find(header) != headers_.end(); }
  /// The header must be there.
  std::string const& get_header(char const* header) const {
    auto const found = find(header);
    assert(found != headers_.end());
    return found->second;
  }
  response_code get_response_code() const { return code_; }
  std::string const& get_body() const { return body_; }
  std::string const& get_content_type() const { return content_type_; }

 private:
  using fields = std::vector<std::pair<std::string, std::string>>;
  fields::const_iterator find(char const* header) const {
    return std::find_if(headers_.begin(), headers_.end(),
                        [header](fields::value_type const& field) { return field.first == header; });
  }

  response_code code_ = response_code::REQUEST_NOT_MADE;
  fields headers_;
  std::string body_;
  std::string content_type_;
};

}  // namespace http
}  // namespace aws
