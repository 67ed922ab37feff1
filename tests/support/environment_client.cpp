#include "support/environment_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace lmi::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

EnvironmentClient::EnvironmentClient(unsigned short port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
}

bool EnvironmentClient::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool EnvironmentClient::send(std::string_view method, std::string_view target, const Headers& headers,
                             std::string_view body) {
  std::ostringstream text;
  text << method << ' ' << target << " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  bool framed = false;
  for (const auto& [name, value] : headers) {
    text << name << ": " << value << "\r\n";
    framed = framed || lower(name) == "content-length" || lower(name) == "transfer-encoding";
  }
  if (!framed && (method != "GET" || !body.empty())) text << "Content-Length: " << body.size() << "\r\n";
  text << "\r\n" << body;
  return send_raw(text.str());
}

bool EnvironmentClient::fill() {
  std::array<char, 65536> buffer{};
  const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

bool EnvironmentClient::fill_until(std::size_t size) {
  while (received_.size() < size) {
    if (!fill()) return false;
  }
  return true;
}

std::optional<EnvironmentClient::Response> EnvironmentClient::receive_head() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  Response response;
  std::istringstream head{received_.substr(0, end + 2)};
  received_.erase(0, end + 4);
  std::string version;
  std::string line;
  head >> version >> response.status;
  std::getline(head, line);
  while (std::getline(head, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    auto value = line.substr(colon + 1);
    value.erase(0, value.find_first_not_of(' '));
    while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
    response.headers[lower(line.substr(0, colon))] = value;
  }
  return response;
}

std::optional<EnvironmentClient::Response> EnvironmentClient::receive() {
  auto response = receive_head();
  if (!response) return std::nullopt;
  if (const auto length = response->header("content-length"); !length.empty()) {
    const std::size_t size = std::stoul(length);
    if (!fill_until(size)) return std::nullopt;
    response->body = received_.substr(0, size);
    received_.erase(0, size);
  }
  return response;
}

std::string EnvironmentClient::receive_chunk() {
  std::size_t line_end = 0;
  while ((line_end = received_.find("\r\n")) == std::string::npos) {
    if (!fill()) throw std::runtime_error("the connection ended before a chunk");
  }
  const std::size_t size = std::stoul(received_.substr(0, line_end), nullptr, 16);
  const std::size_t begin = line_end + 2;
  if (!fill_until(begin + size + 2)) throw std::runtime_error("the connection ended inside a chunk");
  std::string chunk = received_.substr(begin, size);
  received_.erase(0, begin + size + 2);
  return chunk;
}

std::string EnvironmentClient::receive_rest() {
  while (fill()) {
  }
  return std::exchange(received_, {});
}

EnvironmentClient::Response EnvironmentClient::call(std::string_view method, std::string_view target,
                                                    const Headers& headers, std::string_view body) {
  send(method, target, headers, body);  // a peer that answers early may not take all of it
  return receive().value_or(Response{});
}

bool EnvironmentClient::closed_by_peer() {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count == 0) return true;
    if (count < 0) return errno == ECONNRESET;
  }
}

void EnvironmentClient::half_close() {
  ::shutdown(fd_, SHUT_WR);
}

void EnvironmentClient::close(bool reset) {
  if (fd_ < 0) return;
  if (reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::close(std::exchange(fd_, -1));
}

std::string chunked(std::string_view body, const EnvironmentClient::Headers& trailers) {
  std::ostringstream text;
  if (!body.empty()) text << std::hex << body.size() << "\r\n" << body << "\r\n";
  text << "0\r\n";
  for (const auto& [name, value] : trailers) text << name << ": " << value << "\r\n";
  text << "\r\n";
  return text.str();
}

}  // namespace lmi::test
