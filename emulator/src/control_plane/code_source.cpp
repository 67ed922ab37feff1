#include "control_plane/code_source.hpp"

#include "model/quotas.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

/// Ours: servers on this machine or near it send the largest package in far less.
constexpr std::chrono::minutes patience{2};

std::string encoded(std::string_view text, bool keeps_slashes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keeps_slashes);
    if (is_plain) {
      result += c;
    } else {
      result += '%';
      result += digits[byte >> 4U];
      result += digits[byte & 0xFU];
    }
  }
  return result;
}

/// The text of an element of S3's error document, "" when there is none. Its texts need no more of XML.
std::string element(std::string_view xml, const std::string& name) {
  constexpr std::size_t longest = 1024;  // of what a server may put into our answer
  const std::string opening = "<" + name + ">";
  const std::size_t begin = xml.find(opening);
  if (begin == xml.npos) return {};
  const std::string_view rest = xml.substr(begin + opening.size());
  const std::size_t end = rest.find("</" + name + ">");
  return end == rest.npos ? std::string{} : std::string{rest.substr(0, std::min(end, longest))};
}

/// Why there is no package in `answer`.
model::ApiError refusal(const http::ClientAnswer& answer, const S3Object& object, const http::Url& endpoint) {
  const std::string code = element(answer.body, "Code");
  if (answer.failure.empty() && !code.empty()) {  // recorded with NoSuchBucket and NoSuchKey
    return model::invalid_parameter("Error occurred while GetObject. S3 Error Code: " + code +
                                    ". S3 Error Message: " + element(answer.body, "Message"));
  }
  return model::invalid_parameter(  // text: ours
      "s3://" + object.bucket + "/" + object.key + " could not be fetched from " + endpoint.authority + ": " +
      (answer.failure.empty() ? "it answered " + std::to_string(answer.status) : answer.failure) + ".");
}

http::ClientRequest request_for(const S3Object& object, const http::Url& endpoint,
                                const std::string& region) {
  http::ClientRequest request;
  request.host = endpoint.host;
  request.port = endpoint.port;
  request.authority = endpoint.authority;
  request.method = "GET";
  request.target = endpoint.target;
  if (!request.target.ends_with('/')) request.target += '/';
  request.target += encoded(object.bucket, false) + "/" + encoded(object.key, true);
  if (!object.version.empty()) request.target += "?versionId=" + encoded(object.version, false);
  request.headers = {{"Authorization", "AWS4-HMAC-SHA256 Credential=lmi/20260101/" + region +
                                           "/s3/aws4_request, SignedHeaders=host, Signature=unsigned"}};
  request.limit = patience;
  // Packed it is smaller than unpacked, but for a few bytes; unpacking checks the exact limit.
  request.max_answer_bytes = model::quotas::unzipped_package_bytes;
  return request;
}

}  // namespace

void CodeSource::get(CodeOrigin origin, const std::string& region, Done done) {
  if (const auto* object = std::get_if<S3Object>(&origin)) return fetch(*object, region, std::move(done));
  done(store::ZipFile{std::get<std::vector<std::uint8_t>>(std::move(origin))});
}

void CodeSource::fetch(const S3Object& object, const std::string& region, Done done) {
  if (!client_ || !endpoint_) {  // text: ours
    return done(model::invalid_parameter(
        "Code in a bucket is fetched only by an emulator that was started with --s3-endpoint URL, which "
        "names "
        "a server that stands in for S3. Or send the package itself (ZipFile; aws lambda create-function or "
        "update-function-code with --zip-file fileb://package.zip)."));
  }
  const std::uint64_t id = ++last_;
  under_way_[id] = client_->send(
      request_for(object, *endpoint_, region),
      [this, id, object, done = std::move(done)](const http::ClientAnswer& answer) {
        const auto ended = under_way_.extract(id);  // this very callback goes with it, at the end
        if (!answer.is_success()) return done(refusal(answer, object, *endpoint_));
        // AWS documentation: only what is sent with a request must be below 50 MB packed.
        done(store::ZipFile{{answer.body.begin(), answer.body.end()}, model::quotas::unzipped_package_bytes});
      });
}

}  // namespace lmi::emulator::control_plane
