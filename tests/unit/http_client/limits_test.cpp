// Time and cancellation in every phase of a call. No threshold on the clock: a limit that does not work
// leaves the call to the much longer one behind it, and the phase or the code of the error is then another.

#include "support/http_upstream.hpp"
#include "unit/http_client/sending.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace lmi::http_client::test {
namespace {

using lmi::test::http_reply;
using lmi::test::HttpUpstream;
using lmi::test::UpstreamReply;
using lmi::test::UpstreamRequest;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds soon{50};
constexpr auto never = std::chrono::milliseconds::max();

/// A resolve function that hangs until the test's end, like a name server that does not answer.
class HangingResolver {
 public:
  ~HangingResolver() {
    const std::lock_guard lock{state_->mutex};
    state_->released = true;
    state_->changed.notify_all();
  }

  [[nodiscard]] std::function<std::vector<std::string>(const std::string&)> function() const {
    return [state = state_](const std::string&) {
      std::unique_lock lock{state->mutex};
      state->entered = true;
      state->changed.notify_all();
      state->changed.wait(lock, [&] { return state->released; });
      return std::vector<std::string>{"127.0.0.1"};
    };
  }

  void wait_until_entered() const {
    std::unique_lock lock{state_->mutex};
    state_->changed.wait(lock, [&] { return state_->entered; });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool entered = false;
    bool released = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();  ///< Shared with lookups that outlive the test.
};

/// A port that takes connections into its backlog (none beyond, when it is to be full) and never reads.
class DeafPort {
 public:
  explicit DeafPort(bool full) : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ::bind(listener_, generic(), size);
    ::listen(listener_, full ? 0 : 16);
    ::getsockname(listener_, generic(), &size);
    for (int i = 0; full && i < 4; ++i) {
      fillers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(fillers_.back(), generic(), size);
    }
  }
  ~DeafPort() {
    for (const int filler : fillers_) ::close(filler);
    ::close(listener_);
  }
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/";
  }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

  int listener_;
  sockaddr_in address_{};
  std::vector<int> fillers_;
};

UpstreamReply silence(const UpstreamRequest&) {
  return {.bytes = "", .then_silence = true};
}

UpstreamReply half_a_reply(const UpstreamRequest&) {
  return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .then_silence = true};
}

class Limits : public testing::TestWithParam<Kind> {
 protected:
  HttpResult<HttpReply> send(HttpClient& client, const HttpCall& call, const HttpLimits& limits) const {
    return test::send(GetParam(), client, call, limits);
  }

  /// With a time-out of the phase's own and no other limit that a test would live to see.
  void expect_timed_out(HttpPhase phase, HttpClient& client, const HttpCall& call) const {
    const auto reply = send(client, call, {});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, HttpErrc::timed_out) << reply.error().message;
    EXPECT_EQ(reply.error().phase, phase) << reply.error().message;
  }

  /// With a deadline: on a busy machine a short one may come before the phase is reached, so longer ones
  /// follow.
  void expect_deadline_in(HttpPhase phase, HttpClient& client, const HttpCall& call) const {
    for (auto time = soon; time < patience; time *= 4) {
      const auto reply = send(client, call, within(time));
      ASSERT_FALSE(reply);
      ASSERT_EQ(reply.error().code, HttpErrc::timed_out) << reply.error().message;
      if (reply.error().phase == phase) return;
    }
    FAIL() << "no deadline came while " << to_string(phase);
  }

  /// Requests a stop once `reached` returns.
  void expect_stopped(HttpClient& client, const HttpCall& call, const std::function<void()>& reached) const {
    std::stop_source source;
    std::thread stopper{[&] {
      reached();
      source.request_stop();
    }};
    auto limits = within(patience);
    limits.stop = source.get_token();
    const auto reply = send(client, call, limits);
    stopper.join();
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, HttpErrc::stopped) << reply.error().message;
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, Limits, testing::Values(Kind::blocking, Kind::coroutine),
                         [](const auto& kind) {
                           return kind.param == Kind::blocking ? "Blocking" : "Coroutine";
                         });

TEST_P(Limits, TheDeadlineHoldsWhileResolving) {
  HangingResolver hanging;
  HttpClient client{{.timeouts = {.resolve = patience}, .resolve = hanging.function()}};
  expect_deadline_in(HttpPhase::resolving, client, {.url = "http://upstream.example/"});
}

TEST_P(Limits, ResolvingHasATimeOutOfItsOwn) {
  HangingResolver hanging;
  HttpClient client{{.timeouts = {.resolve = soon, .total = never}, .resolve = hanging.function()}};
  expect_timed_out(HttpPhase::resolving, client, {.url = "http://upstream.example/"});
}

TEST_P(Limits, TheDeadlineHoldsWhileConnecting) {
  const DeafPort full{true};
  HttpClient client{{.timeouts = {.connect = patience}}};
  expect_deadline_in(HttpPhase::connecting, client, {.url = full.url()});
}

TEST_P(Limits, ConnectingHasATimeOutOfItsOwn) {
  const DeafPort full{true};
  HttpClient client{{.timeouts = {.connect = soon, .total = never}}};
  expect_timed_out(HttpPhase::connecting, client, {.url = full.url()});
}

TEST_P(Limits, TheDeadlineHoldsInTheHandshake) {
  HttpUpstream server{{.script = silence, .silent_handshake = true}};
  HttpClient client{{.timeouts = {.tls = patience}, .tls = {.verify = false}}};
  const auto url = "https://127.0.0.1:" + std::to_string(server.port());
  expect_deadline_in(HttpPhase::handshake, client, {.url = url});
}

TEST_P(Limits, TheHandshakeHasATimeOutOfItsOwn) {
  HttpUpstream server{{.script = silence, .silent_handshake = true}};
  HttpClient client{{.timeouts = {.tls = soon, .total = never}, .tls = {.verify = false}}};
  const auto url = "https://127.0.0.1:" + std::to_string(server.port());
  expect_timed_out(HttpPhase::handshake, client, {.url = url});
}

TEST_P(Limits, TheDeadlineHoldsWhileSending) {
  const DeafPort deaf{false};
  HttpClient client;
  expect_deadline_in(HttpPhase::sending, client,
                     {.method = "PUT", .url = deaf.url(), .body = std::string(32 * 1024 * 1024, 'x')});
}

TEST_P(Limits, TheDeadlineHoldsWhileWaitingForTheReply) {
  HttpUpstream server{silence};
  HttpClient client{{.timeouts = {.first_byte = patience}}};
  expect_deadline_in(HttpPhase::first_byte, client, {.url = server.url()});
}

TEST_P(Limits, TheFirstByteHasATimeOutOfItsOwn) {
  HttpUpstream server{silence};
  HttpClient client{{.timeouts = {.first_byte = soon, .total = never}}};
  expect_timed_out(HttpPhase::first_byte, client, {.url = server.url()});
  EXPECT_EQ(server.requests(), 1U);  // a time-out is never tried again
  EXPECT_TRUE(server.wait_for_no_connections());
}

TEST_P(Limits, TheDeadlineHoldsWhileReceiving) {
  HttpUpstream server{half_a_reply};
  HttpClient client;
  expect_deadline_in(HttpPhase::receiving, client, {.url = server.url()});
  EXPECT_TRUE(server.wait_for_no_connections());
}

TEST_P(Limits, ACallMayHaveItsOwnTimeOuts) {
  HttpUpstream server{silence};
  HttpClient client{{.timeouts = {.first_byte = patience}}};
  expect_timed_out(HttpPhase::first_byte, client,
                   {.url = server.url(), .timeouts = HttpTimeouts{.first_byte = soon, .total = never}});
}

TEST_P(Limits, TheDeadlineHoldsWhileWaitingForAConnection) {
  HttpUpstream server{silence};
  HttpClient client{{.max_connections_per_origin = 1}};
  std::stop_source end;
  std::thread holder{[&] {
    auto limits = within(patience);
    limits.stop = end.get_token();
    EXPECT_FALSE(client.send({.url = server.url()}, limits));
  }};
  ASSERT_TRUE(server.wait_for_requests(1));
  expect_deadline_in(HttpPhase::waiting, client, {.url = server.url()});
  end.request_stop();
  holder.join();
}

TEST_P(Limits, ADeadlineThatHasPassedSendsNothing) {
  HttpUpstream server{silence};
  HttpClient client;
  const auto reply = send(client, {.url = server.url()}, within(-1s));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::timed_out);
  EXPECT_EQ(server.connections(), 0U);
}

TEST_P(Limits, AStopEndsResolving) {
  HangingResolver hanging;
  HttpClient client{{.timeouts = {.resolve = patience}, .resolve = hanging.function()}};
  expect_stopped(client, {.url = "http://upstream.example/"}, [&] { hanging.wait_until_entered(); });
}

TEST_P(Limits, AStopEndsTheWaitForTheReplyAndTheConnection) {
  HttpUpstream server{silence};
  HttpClient client;
  expect_stopped(client, {.url = server.url()}, [&] { ASSERT_TRUE(server.wait_for_requests(1)); });
  EXPECT_TRUE(server.wait_for_no_connections());
  EXPECT_EQ(server.requests(), 1U);
}

TEST_P(Limits, ABodyThatAStopCutsIsNotTakenForWhole) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = "HTTP/1.1 200 OK\r\n\r\nup to the connection's end", .then_silence = true};
  }};
  HttpClient client;
  expect_stopped(client, {.url = server.url()}, [&] { ASSERT_TRUE(server.wait_for_requests(1)); });
}

TEST_P(Limits, AStopEndsABackOff) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = http_reply(503, "", "Retry-After: 30\r\n")};
  }};
  HttpClient client{{.timeouts = {.total = patience}, .retries = {.longest_retry_after = patience}}};
  expect_stopped(client, {.url = server.url()}, [&] { ASSERT_TRUE(server.wait_for_requests(1)); });
}

TEST_P(Limits, AStopBeforeTheCallSendsNothing) {
  HttpUpstream server{silence};
  HttpClient client;
  std::stop_source source;
  source.request_stop();
  auto limits = within(patience);
  limits.stop = source.get_token();
  const auto reply = send(client, {.url = server.url()}, limits);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::stopped);
  EXPECT_EQ(server.connections(), 0U);
}

TEST(Queue, WhoFindsItFullIsRefusedAtOnce) {
  HttpUpstream server{silence};
  HttpClient client{{.max_connections_per_origin = 1, .max_waiting_per_origin = 1}};
  std::stop_source end;
  auto limits = within(patience);
  limits.stop = end.get_token();
  std::atomic<unsigned> refused{0};
  std::atomic<unsigned> stopped{0};
  const auto call = [&] {
    const auto reply = client.send({.url = server.url()}, limits);
    ASSERT_FALSE(reply);
    if (reply.error().code == HttpErrc::stopped) ++stopped;
    if (reply.error().code == HttpErrc::unavailable && ++refused == 1) end.request_stop();
  };
  std::thread holder{call};
  ASSERT_TRUE(server.wait_for_requests(1));
  std::thread first{call};  // one of these waits, the other finds the queue full
  std::thread second{call};
  for (auto* caller : {&holder, &first, &second}) caller->join();
  EXPECT_EQ(refused, 1U);
  EXPECT_EQ(stopped, 2U);
}

TEST(Cancellation, OfACoroutineStopsTheCallAndEndsTheConnection) {
  HttpUpstream server{silence};
  HttpClient client;
  const auto reply = send_and_cancel(client, {.url = server.url()}, within(patience),
                                     [&] { ASSERT_TRUE(server.wait_for_requests(1)); });
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::stopped);
  EXPECT_TRUE(server.wait_for_no_connections());
}

}  // namespace
}  // namespace lmi::http_client::test
