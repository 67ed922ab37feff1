// A server that is killed and started again while many threads and coroutines call it.

#include "support/http_upstream.hpp"
#include "unit/http_client/sending.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lmi::http_client::test {
namespace {

using lmi::test::CertificateAuthority;
using lmi::test::http_reply;
using lmi::test::HttpUpstream;
using lmi::test::UpstreamReply;
using lmi::test::UpstreamRequest;
using namespace std::chrono_literals;

/// Counts how often each target was asked for, and answers with it.
class Ledger {
 public:
  [[nodiscard]] HttpUpstream::Script script() {
    return [this](const UpstreamRequest& request) {
      const std::lock_guard lock{mutex_};
      ++seen_[request.method + request.target];
      return UpstreamReply{.bytes = http_reply(200, request.target)};
    };
  }

  [[nodiscard]] unsigned posts_seen_twice() const {
    unsigned twice = 0;
    for (const auto& [what, times] : seen_)
      if (what.starts_with("POST") && times > 1) ++twice;
    return twice;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, unsigned> seen_;
};

/// What a caller may be told during an outage, and nothing else.
bool belongs_to_an_outage(const HttpCallError& error) {
  return error.code == HttpErrc::connection_lost || error.code == HttpErrc::connect_failed ||
         error.code == HttpErrc::timed_out || error.code == HttpErrc::tls_failed;
}

struct Load {
  HttpClient& client;
  const HttpUpstream& server;
  std::atomic<bool> stop{false};
  std::atomic<unsigned> next{0};
  std::atomic<unsigned> answered{0};
  std::atomic<unsigned> failed{0};

  HttpCall call() {
    const unsigned n = ++next;
    return {.method = n % 2 == 0 ? "POST" : "GET", .url = server.url("/" + std::to_string(n))};
  }

  /// An answer is to this call, a failure is one of the outage.
  void check(const HttpCall& call, const HttpResult<HttpReply>& reply) {
    if (reply) {
      ++answered;
      EXPECT_EQ(reply->url, call.url);
      EXPECT_EQ(server.url(reply->body), call.url) << "another call's answer";
    } else {
      ++failed;
      EXPECT_TRUE(belongs_to_an_outage(reply.error()))
          << to_string(reply.error().code) << ": " << reply.error().message;
    }
  }

  void run_blocking() {
    while (!stop) {
      const auto mine = call();
      check(mine, client.send(mine, within(5s)));
    }
  }

  void run_coroutines() {
    while (!stop) {
      std::vector<HttpCall> mine;
      for (int i = 0; i < 8; ++i) mine.push_back(call());
      const auto replies = send_coroutines(client, mine, within(5s));
      for (std::size_t i = 0; i < mine.size(); ++i) check(mine[i], replies[i]);
    }
  }
};

void wait_for(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::yield();
  }
}

void survive_outages(HttpClient& client, HttpUpstream& server, const Ledger& ledger) {
  Load load{.client = client, .server = server};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back([&] { load.run_blocking(); });
  for (int i = 0; i < 2; ++i) callers.emplace_back([&] { load.run_coroutines(); });

  for (int outage = 0; outage < 3; ++outage) {
    const unsigned answered = load.answered;
    wait_for([&] { return load.answered >= answered + 50; });
    const unsigned failed = load.failed;
    server.stop();
    wait_for([&] { return load.failed > failed; });
    server.start();
  }
  const unsigned answered = load.answered;
  wait_for([&] { return load.answered >= answered + 50; });  // it has recovered
  load.stop = true;
  for (auto& caller : callers) caller.join();  // nobody hangs
  EXPECT_EQ(ledger.posts_seen_twice(), 0U);
}

TEST(Outage, CallsEndAndTheClientRecovers) {
  Ledger ledger;
  HttpUpstream server{ledger.script()};
  HttpClient client{{.max_connections_per_origin = 8}};
  survive_outages(client, server, ledger);
}

TEST(Outage, CallsOverTlsEndAndTheClientRecovers) {
  const CertificateAuthority authority;
  Ledger ledger;
  HttpUpstream server{{.script = ledger.script(), .tls = authority.issue("127.0.0.1")}};
  HttpClient client{{.max_connections_per_origin = 8, .tls = {.ca_pem = authority.pem()}}};
  survive_outages(client, server, ledger);
  EXPECT_GT(client.metrics().tls_sessions_resumed, 0U);
}

TEST(Outage, ManyThreadsAndCoroutinesShareFewConnections) {
  Ledger ledger;
  HttpUpstream server{ledger.script()};
  HttpClient client{{.max_connections_per_origin = 4}};
  Load load{.client = client, .server = server};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) callers.emplace_back([&] { load.run_blocking(); });
  callers.emplace_back([&] { load.run_coroutines(); });
  wait_for([&] { return load.answered >= 500; });
  load.stop = true;
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(load.failed, 0U);
  EXPECT_LE(server.connections(), 4U);
}

}  // namespace
}  // namespace lmi::http_client::test
