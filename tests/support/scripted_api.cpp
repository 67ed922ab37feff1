#include "support/scripted_api.hpp"

#include "support/api_wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace lmi::test {
namespace {

constexpr std::chrono::seconds patience{30};

void signal_event(int event) {
  const std::uint64_t one = 1;
  if (::write(event, &one, sizeof one) != sizeof one) throw std::runtime_error{"eventfd"};
}

}  // namespace

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
  ApiWire wire{descriptor};
  while (auto request = wire.read_head()) {
    request->connection = connection;
    if (!answer(wire, *request)) break;
  }
  ::shutdown(descriptor, SHUT_RDWR);  // closed by vanish(): its number must not be used again before that
}

bool ScriptedApi::answer(ApiWire& wire, ApiRequest& request) {
  if (request.method == "GET") {
    record(request);
    if (request.path.ends_with("/invocation/next")) return answer_poll(wire);
    return answer_extension(wire);
  }
  return answer_post(wire, request);
}

std::optional<ScriptedApi::Delivery> ScriptedApi::wait_for_delivery(ApiWire& wire) {
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

bool ScriptedApi::answer_poll(ApiWire& wire) {
  const auto delivery = wait_for_delivery(wire);
  if (!delivery) return false;
  if (const auto& invocation = delivery->invocation) {
    const bool written = wire.write(*invocation);
    {
      const std::lock_guard lock{mutex_};
      ++delivered_;
    }
    changed_.notify_all();
    return written && !invocation->then_close;
  }
  return wire.write(delivery->refusal);
}

bool ScriptedApi::answer_extension(ApiWire& wire) {
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
  return wire.write(reply);
}

bool ScriptedApi::answer_post(ApiWire& wire, ApiRequest& request) {
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
    upload_refusal->then_close = true;
    return wire.write(*upload_refusal);
  }
  request.chunked = request.header("Transfer-Encoding").value_or("") == "chunked";
  const auto observe = [&](const std::string& chunk) { chunk_arrived(request, chunk); };
  if (!(request.chunked ? wire.read_chunks(request, observe) : wire.read_body(request))) return false;
  if (script && !request.path.ends_with("/extension/register")) reply = script(request);
  record(request);
  return wire.write(reply);
}

void ScriptedApi::chunk_arrived(const ApiRequest& request, const std::string& chunk) {
  std::function<void(std::size_t)> observer;
  {
    const std::lock_guard lock{mutex_};
    streamed_[request.path] += chunk;
    observer = chunk_observer_;
  }
  changed_.notify_all();
  if (observer) observer(request.body.size());
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
