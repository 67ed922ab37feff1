#include "support/scripted_api.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace lmi::test {
namespace {

constexpr std::chrono::seconds patience{30};

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

void signal_event(int event) {
  const std::uint64_t one = 1;
  if (::write(event, &one, sizeof one) != sizeof one) throw std::runtime_error{"eventfd"};
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return std::string{text};
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
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    text += size + piece + "\r\n";
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

std::optional<std::string> find(const Headers& fields, std::string_view name) {
  for (const auto& [known, value] : fields)
    if (same_name(known, name)) return value;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ApiRequest::header(std::string_view name) const {
  return find(headers, name);
}

std::optional<std::string> ApiRequest::trailer(std::string_view name) const {
  return find(trailers, name);
}

/// One connection's bytes.
class ScriptedApi::Wire {
 public:
  explicit Wire(int descriptor) : descriptor_{descriptor} {}

  std::optional<ApiRequest> read_head() {
    auto end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!read_more()) return std::nullopt;
    auto request = parse(std::string_view{buffer_}.substr(0, end));
    buffer_.erase(0, end + 4);
    return request;
  }

  bool read_body(ApiRequest& request) {
    const std::size_t size = std::stoul(request.header("Content-Length").value_or("0"));
    while (buffer_.size() < size)
      if (!read_more()) return false;
    request.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return true;
  }

  /// The line without its end.
  std::optional<std::string> read_line() {
    auto end = std::string::npos;
    while ((end = buffer_.find("\r\n")) == std::string::npos)
      if (!read_more()) return std::nullopt;
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }

  std::optional<std::string> read_exactly(std::size_t size) {
    while (buffer_.size() < size)
      if (!read_more()) return std::nullopt;
    auto bytes = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return bytes;
  }

  static std::pair<std::string, std::string> field(std::string_view line) {
    const auto colon = line.find(':');
    return {std::string{line.substr(0, colon)}, trimmed(line.substr(colon + 1))};
  }

  bool write(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Waits for `event`; false when the peer has closed or `stop` is signalled.
  [[nodiscard]] bool wait_for(int event, int stop) const {
    pollfd watched[] = {{event, POLLIN, 0}, {descriptor_, POLLRDHUP, 0}, {stop, POLLIN, 0}};
    while (::poll(watched, 3, -1) < 0) {
    }
    return watched[0].revents != 0 && watched[1].revents == 0;
  }

 private:
  bool read_more() {
    char bytes[65536];
    const auto received = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (received <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(received));
    return true;
  }

  static ApiRequest parse(std::string_view head) {
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

  int descriptor_;
  std::string buffer_;
};

ScriptedApi::ScriptedApi()
    : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)},
      stop_event_{::eventfd(0, EFD_CLOEXEC)},
      extension_event_{::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE | EFD_NONBLOCK)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener_ < 0 || stop_event_ < 0 || extension_event_ < 0 ||
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 1024) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error{"cannot listen"};
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept_connections(); }};
}

ScriptedApi::~ScriptedApi() {
  vanish();
  ::close(stop_event_);
  ::close(extension_event_);
}

std::string ScriptedApi::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void ScriptedApi::vanish() {
  {
    const std::lock_guard lock{mutex_};
    if (std::exchange(vanished_, true)) return;
  }
  signal_event(stop_event_);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock{mutex_};
    for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
  for (const int connection : connections_) ::close(connection);
}

void ScriptedApi::accept_connections() {
  for (;;) {
    pollfd watched[] = {{listener_, POLLIN, 0}, {stop_event_, POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0) {
    }
    if (watched[1].revents != 0) return;
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock{mutex_};
    const auto number = connections_.size();
    connections_.push_back(descriptor);
    threads_.emplace_back([this, descriptor, number] { serve(descriptor, number); });
  }
}

void ScriptedApi::serve(int descriptor, std::size_t connection) {
  Wire wire{descriptor};
  while (auto request = wire.read_head()) {
    request->connection = connection;
    if (!answer(wire, *request)) break;
  }
  ::shutdown(descriptor, SHUT_RDWR);  // closed by vanish(): its number must not be used again before that
}

bool ScriptedApi::answer(Wire& wire, ApiRequest& request) {
  if (request.method == "GET") {
    record(request);
    if (request.path.ends_with("/invocation/next")) return answer_poll(wire);
    return answer_extension(wire);
  }
  return answer_post(wire, request);
}

std::optional<ScriptedApi::Delivery> ScriptedApi::wait_for_delivery(Wire& wire) {
  std::list<WaitingPoll>::iterator poll;
  {
    const std::lock_guard lock{mutex_};
    poll = polls_.insert(polls_.end(), {.wake_event = ::eventfd(0, EFD_CLOEXEC), .delivery = std::nullopt});
    most_polls_ = std::max(most_polls_, polls_.size());
    match();
  }
  changed_.notify_all();
  const bool delivered = wire.wait_for(poll->wake_event, stop_event_);

  std::optional<Delivery> delivery;
  {
    const std::lock_guard lock{mutex_};
    if (delivered) {
      delivery = std::move(poll->delivery);
    } else if (poll->delivery) {
      deliveries_.push_front(std::move(*poll->delivery));  // the poller went away: the next one gets it
    }
    ::close(poll->wake_event);
    polls_.erase(poll);
    match();
  }
  changed_.notify_all();
  return delivery;
}

bool ScriptedApi::answer_poll(Wire& wire) {
  const auto delivery = wait_for_delivery(wire);
  if (!delivery) return false;
  if (const auto& invocation = delivery->invocation) {
    const bool written = wire.write(render(200, invocation_headers(*invocation), invocation->body,
                                           invocation->chunked, invocation->then_close));
    {
      const std::lock_guard lock{mutex_};
      ++delivered_;
    }
    changed_.notify_all();
    return written && !invocation->then_close;
  }
  const auto& reply = delivery->refusal;
  if (reply.no_reply) return false;
  return wire.write(render(reply.status, reply.headers, reply.body, reply.chunked, reply.then_close)) &&
         !reply.then_close;
}

bool ScriptedApi::answer_extension(Wire& wire) {
  std::uint64_t one = 0;
  do {
    if (!wire.wait_for(extension_event_, stop_event_)) return false;
  } while (::read(extension_event_, &one, sizeof one) != sizeof one);  // another connection took it
  ApiReply reply;
  {
    const std::lock_guard lock{mutex_};
    reply = std::move(extension_events_.front());
    extension_events_.pop_front();
  }
  if (reply.no_reply) return false;
  return wire.write(render(reply.status, reply.headers, reply.body, reply.chunked, reply.then_close)) &&
         !reply.then_close;
}

bool ScriptedApi::answer_post(Wire& wire, ApiRequest& request) {
  AnswerScript script;
  std::optional<ApiReply> upload_refusal;
  std::optional<ApiReply> register_reply;
  {
    const std::lock_guard lock{mutex_};
    script = script_;
    if (request.path.ends_with("/response")) upload_refusal = upload_refusal_;
    register_reply = register_reply_;
  }
  ApiReply reply;
  if (request.path.ends_with("/extension/register")) {
    reply.status = 200;
    reply.headers = {{"Lambda-Extension-Identifier", "7a3f0a2e-0000-4000-8000-000000000001"}};
    if (register_reply) reply = *register_reply;
  }
  if (upload_refusal) {
    record(request);
    wire.write(render(upload_refusal->status, upload_refusal->headers, upload_refusal->body, false, true));
    return false;
  }
  request.chunked = request.header("Transfer-Encoding").value_or("") == "chunked";
  if (!(request.chunked ? read_chunked(wire, request) : wire.read_body(request))) return false;
  if (script && !request.path.ends_with("/extension/register")) reply = script(request);
  record(request);
  if (reply.no_reply) return false;
  return wire.write(render(reply.status, reply.headers, reply.body, reply.chunked, reply.then_close)) &&
         !reply.then_close;
}

bool ScriptedApi::read_chunked(Wire& wire, ApiRequest& request) {
  for (;;) {
    const auto size_line = wire.read_line();
    if (!size_line) return false;
    const auto size = std::stoul(*size_line, nullptr, 16);
    if (size == 0) break;
    const auto chunk = wire.read_exactly(size);
    if (!chunk || wire.read_line() != "") return false;
    request.body += *chunk;
    ++request.chunks;
    std::function<void(std::size_t)> observer;
    {
      const std::lock_guard lock{mutex_};
      streamed_[request.path] += *chunk;
      observer = chunk_observer_;
    }
    changed_.notify_all();
    if (observer) observer(request.body.size());
  }
  for (auto line = wire.read_line(); line != ""; line = wire.read_line()) {
    if (!line) return false;
    request.trailers.push_back(Wire::field(*line));
  }
  return true;
}

void ScriptedApi::on_chunk(std::function<void(std::size_t)> observer) {
  const std::lock_guard lock{mutex_};
  chunk_observer_ = std::move(observer);
}

bool ScriptedApi::wait_for_streamed(const std::string& id, std::string_view begin) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] {
    for (const auto& [path, bytes] : streamed_)
      if (path.ends_with("/" + id + "/response") && bytes.starts_with(begin)) return true;
    return false;
  });
}

void ScriptedApi::record(const ApiRequest& request) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back(request);
  }
  changed_.notify_all();
}

void ScriptedApi::deliver(Delivery delivery) {
  const std::lock_guard lock{mutex_};
  deliveries_.push_back(std::move(delivery));
  match();
}

void ScriptedApi::match() {
  for (auto& poll : polls_) {
    if (deliveries_.empty()) return;
    if (poll.delivery) continue;
    poll.delivery = std::move(deliveries_.front());
    deliveries_.pop_front();
    signal_event(poll.wake_event);
  }
}

void ScriptedApi::invoke(ApiInvocation invocation) {
  deliver({.invocation = std::move(invocation), .refusal = {}});
}

void ScriptedApi::refuse_poll(ApiReply reply) {
  deliver({.invocation = std::nullopt, .refusal = std::move(reply)});
}

void ScriptedApi::on_answer(AnswerScript script) {
  const std::lock_guard lock{mutex_};
  script_ = std::move(script);
}

void ScriptedApi::on_register(ApiReply reply) {
  const std::lock_guard lock{mutex_};
  register_reply_ = std::move(reply);
}

void ScriptedApi::send_extension_event(ApiReply reply) {
  {
    const std::lock_guard lock{mutex_};
    extension_events_.push_back(std::move(reply));
  }
  signal_event(extension_event_);
}

void ScriptedApi::refuse_uploads(ApiReply reply) {
  const std::lock_guard lock{mutex_};
  upload_refusal_ = std::move(reply);
}

bool ScriptedApi::wait_for_polls(std::size_t count) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] { return polls_.size() >= count; });
}

bool ScriptedApi::wait_for_deliveries(std::size_t count) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] { return delivered_ >= count; });
}

bool ScriptedApi::wait_for_no_polls() {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] { return polls_.empty(); });
}

std::size_t ScriptedApi::polls_waiting() {
  const std::lock_guard lock{mutex_};
  return polls_.size();
}

std::size_t ScriptedApi::most_polls_at_once() {
  const std::lock_guard lock{mutex_};
  return most_polls_;
}

std::optional<ApiRequest> ScriptedApi::wait_for(std::string_view path_end, std::size_t nth) {
  std::optional<ApiRequest> found;
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, patience, [&] {
    std::size_t seen = 0;
    for (const auto& request : requests_) {
      if (!request.path.ends_with(path_end) || ++seen < nth) continue;
      found = request;
      return true;
    }
    return false;
  });
  return found;
}

std::optional<ApiRequest> ScriptedApi::wait_for_answer(const std::string& id, std::size_t nth) {
  std::optional<ApiRequest> found;
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, patience, [&] {
    std::size_t seen = 0;
    for (const auto& request : requests_) {
      if (request.path.find("/invocation/" + id + "/") == std::string::npos || ++seen < nth) continue;
      found = request;
      return true;
    }
    return false;
  });
  return found;
}

std::vector<ApiRequest> ScriptedApi::requests() {
  const std::lock_guard lock{mutex_};
  return requests_;
}

std::size_t ScriptedApi::count(std::string_view path_end) {
  const std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(std::count_if(requests_.begin(), requests_.end(), [&](const auto& request) {
    return request.path.ends_with(path_end);
  }));
}

}  // namespace lmi::test
