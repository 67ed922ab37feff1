#include "wire/requests.hpp"

#include <array>
#include <charconv>

namespace lmi::wire {
namespace {

constexpr std::string_view line_end = "\r\n";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// Appends a header. Control characters in the value are dropped: they would end the line.
void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) head.push_back(c);
  head.append(line_end);
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 24> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

void append_body_headers(std::string& head, std::string_view content_type, std::size_t body_size) {
  append_header(head, "Content-Type", content_type.empty() ? "application/json" : content_type);
  head.append("Content-Length: ");
  append_number(head, body_size);
  head.append(line_end).append(line_end);
}

}  // namespace

void append_path_segment(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(digits[byte >> 4U]);
      out.push_back(digits[byte & 0xFU]);
    }
  }
}

RequestWriter::RequestWriter(std::string_view authority, std::string_view user_agent) {
  append_header(host_lines_, "Host", authority);
  append_header(host_lines_, "User-Agent", user_agent);
  next_.append("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n").append(host_lines_).append(line_end);
}

void RequestWriter::post(std::string_view path, std::string& head) const {
  head.assign("POST ").append(path).append(" HTTP/1.1\r\n").append(host_lines_);
}

void RequestWriter::next(std::string& head) const {
  head.assign(next_);
}

void RequestWriter::answer(const AnswerAddress& address, std::string_view kind, std::string& head) const {
  head.assign("POST /2018-06-01/runtime/invocation/");
  append_path_segment(head, address.request_id);
  head.append(kind).append(" HTTP/1.1\r\n").append(host_lines_);
  if (!address.invocation_id.empty())
    append_header(head, "Lambda-Runtime-Invocation-Id", address.invocation_id);
}

void RequestWriter::response(const AnswerAddress& address, std::string_view content_type,
                             std::size_t body_size, std::string& head) const {
  answer(address, "/response", head);
  append_body_headers(head, content_type, body_size);
}

void RequestWriter::streamed_response(const AnswerAddress& address, std::string_view content_type,
                                      std::string& head) const {
  answer(address, "/response", head);
  append_header(head, "Content-Type", content_type.empty() ? "application/octet-stream" : content_type);
  append_header(head, "Lambda-Runtime-Function-Response-Mode", "streaming");
  append_header(head, "Transfer-Encoding", "chunked");
  append_header(head, "Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body");
  head.append(line_end);
}

void RequestWriter::error(const AnswerAddress& address, std::string_view error_type, std::size_t body_size,
                          std::string& head) const {
  verbatim_error(address, error_type, "application/json", {}, body_size, head);
}

void RequestWriter::verbatim_error(const AnswerAddress& address, std::string_view error_type,
                                   std::string_view content_type, std::string_view xray_cause,
                                   std::size_t body_size, std::string& head) const {
  answer(address, "/error", head);
  append_header(head, "Lambda-Runtime-Function-Error-Type", error_type);
  if (!xray_cause.empty()) append_header(head, "Lambda-Runtime-Function-XRay-Error-Cause", xray_cause);
  append_body_headers(head, content_type, body_size);
}

void RequestWriter::init_error(std::string_view error_type, std::size_t body_size, std::string& head) const {
  post("/2018-06-01/runtime/init/error", head);
  append_header(head, "Lambda-Runtime-Function-Error-Type", error_type);
  append_body_headers(head, "application/json", body_size);
}

void RequestWriter::register_extension(std::string_view name, std::string_view accept_features,
                                       std::size_t body_size, std::string& head) const {
  post("/2020-01-01/extension/register", head);
  append_header(head, "Lambda-Extension-Name", name);
  if (!accept_features.empty()) append_header(head, "Lambda-Extension-Accept-Feature", accept_features);
  append_body_headers(head, "application/json", body_size);
}

void RequestWriter::next_extension_event(std::string_view extension_id, std::string& head) const {
  head.assign("GET /2020-01-01/extension/event/next HTTP/1.1\r\n").append(host_lines_);
  append_header(head, "Lambda-Extension-Identifier", extension_id);
  head.append(line_end);
}

void RequestWriter::extension_error(std::string_view path, std::string_view extension_id,
                                    std::string_view error_type, std::string& head) const {
  post(path, head);
  append_header(head, "Lambda-Extension-Identifier", extension_id);
  append_header(head, "Lambda-Extension-Function-Error-Type", error_type);
}

void RequestWriter::extension_init_error(std::string_view extension_id, std::string_view error_type,
                                         std::size_t body_size, std::string& head) const {
  extension_error("/2020-01-01/extension/init/error", extension_id, error_type, head);
  append_body_headers(head, "application/json", body_size);
}

void RequestWriter::extension_exit_error(std::string_view extension_id, std::string_view error_type,
                                         std::size_t body_size, std::string& head) const {
  extension_error("/2020-01-01/extension/exit/error", extension_id, error_type, head);
  append_body_headers(head, "application/json", body_size);
}

void RequestWriter::subscribe_telemetry(std::string_view extension_id, std::size_t body_size,
                                        std::string& head) const {
  head.assign("PUT /2022-07-01/telemetry HTTP/1.1\r\n").append(host_lines_);
  append_header(head, "Lambda-Extension-Identifier", extension_id);
  append_body_headers(head, "application/json", body_size);
}

}  // namespace lmi::wire
