#include "http/response_text.hpp"

#include <strings.h>

#include <string>

namespace lmi::emulator::http {
namespace {

bool has_no_body(unsigned status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

void append_value(std::string& text, std::string_view value) {
  for (const char c : value) text.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Request Entity Too Large";
    case 415: return "Unsupported Media Type";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";  // the phrase is for people; clients go by the number
  }
}

bool sends_body(std::string_view method, unsigned status) noexcept {
  return method != "HEAD" && !has_no_body(status);
}

std::string response_head(const Response& response, ResponseFraming framing) {
  std::string text;
  text.reserve(256);
  text += framing.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += reason_phrase(response.status);
  text += "\r\n";
  for (const auto& [name, value] : response.headers) {
    text += name;
    text += ": ";
    append_value(text, value);
    text += "\r\n";
  }
  if (framing.body == BodyFraming::chunked) {
    text += "Transfer-Encoding: chunked\r\n";
  } else if (framing.body == BodyFraming::sized && !has_no_body(response.status)) {
    text += "Content-Length: ";
    text += std::to_string(response.body.size());
    text += "\r\n";
  }
  if (!framing.keep_alive) {
    text += "Connection: close\r\n";
  } else if (framing.http_1_0) {
    text += "Connection: keep-alive\r\n";
  }
  text += "\r\n";
  return text;
}

}  // namespace lmi::emulator::http
