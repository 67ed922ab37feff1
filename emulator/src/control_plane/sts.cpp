#include "control_plane/sts.hpp"

#include "model/query_error.hpp"
#include "model/uri.hpp"

#include <utility>

namespace lmi::emulator::control_plane::sts {
namespace {

constexpr const char* xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default:
        // XML has no way to write the other control characters, nor we a reason to guess at broken UTF-8.
        result += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E ? '?' : c;
    }
  }
  return result;
}

std::string element(const char* name, std::string_view content) {
  return "<" + std::string{name} + ">" + std::string{content} + "</" + name + ">";
}

http::Response xml(unsigned status, std::string body, const std::string& request_id) {
  return {.status = status,
          .headers = {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", request_id}},
          .body = std::move(body)};
}

std::string parameter(const http::Head& head, std::string_view body, std::string_view name) {
  // A form has the syntax of a query.
  for (const std::string& target : {"/?" + std::string{body}, head.target}) {
    const auto parsed = model::parse_target(target);
    const std::string* value = parsed ? parsed->find(name) : nullptr;
    if (value) return *value;
  }
  return {};
}

}  // namespace

bool owns(std::string_view target) noexcept {
  return target == "/" || target.starts_with("/?");
}

http::Response refuse(const model::ApiError& error, const std::string& request_id) {
  const model::QueryError query = model::query_error(error.code);
  const bool unsigned_request = query.code == "MissingAuthenticationToken";
  return xml(
      query.status,
      std::string{"<ErrorResponse xmlns=\""} + xml_namespace + "\">" +
          element("Error", element("Type", "Sender") + element("Code", query.code) +
                               element("Message", unsigned_request ? "Request is missing Authentication Token"
                                                                   : escaped(error.message))) +
          element("RequestId", request_id) + "</ErrorResponse>",
      request_id);
}

http::Response answer(const http::Head& head, std::string_view body, const std::string& account_id,
                      const std::string& request_id) {
  const std::string action = parameter(head, body, "Action");
  const std::string version = parameter(head, body, "Version");
  if (action != "GetCallerIdentity") {
    return refuse({"InvalidAction", "Could not find operation " + action + " for version " +
                                        (version.empty() ? "NO_VERSION_SPECIFIED" : version)},
                  request_id);
  }
  return xml(200,
             std::string{"<GetCallerIdentityResponse xmlns=\""} + xml_namespace + "\">" +
                 element("GetCallerIdentityResult", element("Arn", "arn:aws:iam::" + account_id + ":root") +
                                                        element("UserId", account_id) +
                                                        element("Account", account_id)) +
                 element("ResponseMetadata", element("RequestId", request_id)) +
                 "</GetCallerIdentityResponse>",
             request_id);
}

}  // namespace lmi::emulator::control_plane::sts
