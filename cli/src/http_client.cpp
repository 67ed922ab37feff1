#include "http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <string_view>
#include <utility>

namespace lmi::cli {
namespace {

std::size_t append_body(char* data, std::size_t, std::size_t size, void* body) {
  static_cast<std::string*>(body)->append(data, size);
  return size;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* headers) {
  const std::string_view line{data, size};
  if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    std::string name{line.substr(0, colon)};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    static_cast<std::map<std::string, std::string>*>(headers)->insert_or_assign(
        std::move(name), std::string{trimmed(line.substr(colon + 1))});
  }
  return size;
}

class HeaderList {
 public:
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    list_ = longer;
  }
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  curl_slist* get() const noexcept { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

Failure explain(CURLcode code, const char* detail, const Endpoint& endpoint) {
  const std::string reason = *detail != '\0' ? detail : curl_easy_strerror(code);
  Failure failure{ExitCode::failed, "no answer from " + endpoint.url() + ": " + reason};
  if (code == CURLE_COULDNT_CONNECT) {
    failure.message = "nothing answers at " + endpoint.url();
    failure.advice =
        "start the emulator with `lmi up`, or name another endpoint with --endpoint or LMI_ENDPOINT";
  } else if (code == CURLE_COULDNT_RESOLVE_HOST) {
    failure.advice = "name the endpoint with --endpoint or LMI_ENDPOINT, for example http://127.0.0.1:9400";
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    failure.message = endpoint.url() + " did not answer in time";
  }
  return failure;
}

}  // namespace

struct HttpClient::Curl {
  Curl() : handle{curl_easy_init()} {
    if (handle == nullptr) throw std::bad_alloc{};
  }
  ~Curl() { curl_easy_cleanup(handle); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  CURL* handle;
};

const std::string& HttpResponse::header(const std::string& lower_case_name) const {
  static const std::string none;
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? none : found->second;
}

HttpClient::HttpClient(Endpoint endpoint, Credentials credentials)
    : endpoint_{std::move(endpoint)}, credentials_{std::move(credentials)}, curl_{std::make_unique<Curl>()} {}

HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  CURL* curl = curl_->handle;
  curl_easy_reset(curl);  // keeps the connection

  const std::string host = endpoint_.authority();
  const std::string url = endpoint_.url() + request.path + (request.query.empty() ? "" : "?" + request.query);
  HeaderList headers;
  headers.add("Host: " + host);
  headers.add("Expect:");  // no round trip before a large body
  headers.add(request.content_type.empty() ? "Content-Type:" : "Content-Type: " + request.content_type);
  const SignedRequest to_sign{request.method, host, request.path, request.query, request.body};
  const SigningScope scope{endpoint_.region, "lambda", std::chrono::system_clock::now()};
  for (const auto& [name, value] : sign_v4(to_sign, scope, credentials_)) headers.add(name + ": " + value);

  HttpResponse response;
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, endpoint_.tls ? nullptr : "");  // a proxy is not for the emulator
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response.headers);
  if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return explain(code, detail.data(), endpoint_);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
  return response;
}

}  // namespace lmi::cli
