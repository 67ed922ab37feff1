#pragma once

#include "endpoint.hpp"
#include "result.hpp"
#include "sigv4.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace lmi::cli {

struct HttpRequest {
  std::string method = "GET";
  std::string path{};   ///< Percent-encoded.
  std::string query{};  ///< Percent-encoded, without '?'.
  std::string body{};
  std::string content_type{};                 ///< Empty: no such field.
  std::chrono::milliseconds timeout{60'000};  ///< Of the whole exchange.
};

struct HttpResponse {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;

  /// The value of the field, or "".
  const std::string& header(const std::string& lower_case_name) const;
};

/// Signed requests to one endpoint over one kept-alive connection; curl stays in the .cpp.
///
/// Threads: one at a time.
class HttpClient {
 public:
  HttpClient(Endpoint endpoint, Credentials credentials);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any status is a success here. A failure means that no answer came; its advice says what to do about
  /// that.
  Result<HttpResponse> send(const HttpRequest& request);

  const Endpoint& endpoint() const noexcept { return endpoint_; }
  const Credentials& credentials() const noexcept { return credentials_; }

 private:
  struct Curl;
  Endpoint endpoint_;
  Credentials credentials_;
  std::unique_ptr<Curl> curl_;
};

}  // namespace lmi::cli
