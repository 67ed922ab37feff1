#include "support/api_wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>

namespace lmi::test {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::optional<std::string> find(const Headers& fields, std::string_view name) {
  for (const auto& [known, value] : fields)
    if (same_name(known, name)) return value;
  return std::nullopt;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return std::string{text};
}

std::pair<std::string, std::string> field(std::string_view line) {
  const auto colon = line.find(':');
  return {std::string{line.substr(0, colon)}, trimmed(line.substr(colon + 1))};
}

ApiRequest parse_head(std::string_view head) {
  ApiRequest request;
  const auto line = head.substr(0, head.find("\r\n"));
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  request.method = line.substr(0, first);
  request.path = line.substr(first + 1, second - first - 1);
  for (auto at = line.size() + 2; at < head.size();) {
    const auto end = std::min(head.find("\r\n", at), head.size());
    request.headers.push_back(field(head.substr(at, end - at)));
    at = end + 2;
  }
  return request;
}

std::string render(int status, const Headers& headers, const std::string& body, bool chunked, bool close) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (close) text += "Connection: close\r\n";
  if (!chunked) return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  text += "Transfer-Encoding: chunked\r\n\r\n";
  constexpr std::size_t chunk = 100'000;
  for (std::size_t at = 0; at < body.size(); at += chunk) {
    const auto piece = body.substr(at, chunk);
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
    text += size.data() + piece + "\r\n";
  }
  return text + "0\r\n\r\n";
}

Headers invocation_headers(const ApiInvocation& invocation) {
  const auto in_an_hour = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch() + std::chrono::hours{1});
  Headers headers{
      {"Content-Type", "application/json"},
      {"Lambda-Runtime-Aws-Request-Id", invocation.id},
      {"Lambda-Runtime-Deadline-Ms", std::to_string(in_an_hour.count())},
      {"Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:test"}};
  for (const auto& [name, value] : invocation.headers) {
    std::erase_if(headers, [&name = name](const auto& known) { return same_name(known.first, name); });
    headers.emplace_back(name, value);
  }
  return headers;
}

}  // namespace

std::optional<std::string> ApiRequest::header(std::string_view name) const {
  return find(headers, name);
}

std::optional<std::string> ApiRequest::trailer(std::string_view name) const {
  return find(trailers, name);
}

std::optional<ApiRequest> ApiWire::read_head() {
  auto end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more()) return std::nullopt;
  auto request = parse_head(std::string_view{buffer_}.substr(0, end));
  buffer_.erase(0, end + 4);
  return request;
}

bool ApiWire::read_body(ApiRequest& request) {
  auto body = read_exactly(std::stoul(request.header("Content-Length").value_or("0")));
  if (!body) return false;
  request.body = std::move(*body);
  return true;
}

bool ApiWire::read_chunks(ApiRequest& request,
                          const std::function<void(const std::string& chunk)>& on_chunk) {
  for (;;) {
    const auto size_line = read_line();
    if (!size_line) return false;
    const auto size = std::stoul(*size_line, nullptr, 16);
    if (size == 0) break;
    const auto chunk = read_exactly(size);
    if (!chunk || read_line() != "") return false;
    request.body += *chunk;
    ++request.chunks;
    on_chunk(*chunk);
  }
  for (auto line = read_line(); line != ""; line = read_line()) {
    if (!line) return false;
    request.trailers.push_back(field(*line));
  }
  return true;
}

bool ApiWire::write(const ApiInvocation& invocation) const {
  const auto text =
      render(200, invocation_headers(invocation), invocation.body, invocation.chunked, invocation.then_close);
  return write(std::string_view{text}.substr(0, text.size() - invocation.withheld));
}

bool ApiWire::write(const ApiReply& reply) const {
  if (reply.no_reply) return false;
  return write(render(reply.status, reply.headers, reply.body, reply.chunked, reply.then_close)) &&
         !reply.then_close;
}

bool ApiWire::wait_for(int event, int stop) const {
  pollfd watched[] = {{event, POLLIN, 0}, {descriptor_, POLLRDHUP, 0}, {stop, POLLIN, 0}};
  while (::poll(watched, 3, -1) < 0) {
  }
  return watched[0].revents != 0 && watched[1].revents == 0;
}

bool ApiWire::read_more() {
  std::array<char, 65536> bytes{};
  const auto received = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (received <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

/// The line without its end.
std::optional<std::string> ApiWire::read_line() {
  auto end = std::string::npos;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!read_more()) return std::nullopt;
  auto line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::optional<std::string> ApiWire::read_exactly(std::size_t size) {
  while (buffer_.size() < size)
    if (!read_more()) return std::nullopt;
  auto bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return bytes;
}

bool ApiWire::write(std::string_view text) const {
  while (!text.empty()) {
    const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace lmi::test
