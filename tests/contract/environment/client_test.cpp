// The emulator's HTTP client: against the emulator's own server, and against bare sockets.
#include "http/tcp_client.hpp"
#include "http/tcp_network.hpp"
#include "support/environment_loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lmi::test {
namespace {

using emulator::http::Body;
using emulator::http::ClientAnswer;
using emulator::http::ClientRequest;
using emulator::http::ExchangePtr;
using testing::HasSubstr;

/// Takes one connection at a time, in the hands of the test.
class BareServer {
 public:
  BareServer() : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::listen(descriptor_, 8) != 0 ||
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error{"cannot listen"};
    port = ntohs(address.sin_port);
  }
  ~BareServer() { ::close(descriptor_); }
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;

  /// Sends `bytes` to the next connection and closes its sending side.
  void answer(std::string_view bytes) const {
    const int peer = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    EXPECT_EQ(::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    ::shutdown(peer, SHUT_WR);
    char byte = 0;
    while (::recv(peer, &byte, 1, 0) > 0) {
    }
    ::close(peer);
  }
  unsigned short port = 0;

 private:
  int descriptor_;
};

class HttpClientTest : public testing::Test {
 protected:
  ~HttpClientTest() override {
    loop.run([this] {
      call.reset();
      server.reset();
    });
  }
  std::future<ClientAnswer> send(ClientRequest request) {
    auto promise = std::make_shared<std::promise<ClientAnswer>>();  // shared with the loop's task
    auto answer = promise->get_future();
    loop.run([&] {
      call =
          client->send(std::move(request), [promise](const ClientAnswer& got) { promise->set_value(got); });
    });
    return answer;
  }

  LoopThread loop;
  std::unique_ptr<emulator::http::Network> network = emulator::http::make_network(loop.loop());
  std::unique_ptr<emulator::http::Client> client = emulator::http::make_client(loop.loop());
  std::unique_ptr<emulator::http::Server> server;
  std::unique_ptr<emulator::http::Client::Call> call;
};

TEST_F(HttpClientTest, SendsAndReadsAllOfIt) {
  std::string body_received;
  std::string header_received;
  loop.run([&] {
    server = network->listen("127.0.0.1", 0, [&](const ExchangePtr& exchange) {
      header_received = exchange->head().method + " " + exchange->head().target + " " +
                        std::string{exchange->head().headers.get("X-Mine")} + " " +
                        std::string{exchange->head().headers.get("Host")};
      exchange->read_body(1 << 22, [&, exchange](const Body& body) {
        body_received = body.data;
        exchange->respond(
            {.status = 418, .headers = {{"X-Theirs", "two"}}, .body = std::string(1'000'000, 'y')});
      });
    });
  });
  const auto port = loop.run([&] { return server->port(); });
  const ClientAnswer answer = send({.host = "localhost",
                                    .port = port,
                                    .authority = "a:1",
                                    .method = "PUT",
                                    .target = "/p?q",
                                    .headers = {{"X-Mine", "one"}},
                                    .body = std::string(1'000'000, 'x')})
                                  .get();
  EXPECT_EQ(answer.failure, "");
  EXPECT_EQ(answer.status, 418U);
  EXPECT_FALSE(answer.is_success());
  EXPECT_EQ(answer.headers.get("X-Theirs"), "two");
  EXPECT_EQ(answer.body, std::string(1'000'000, 'y'));
  EXPECT_EQ(header_received, "PUT /p?q one a:1");
  EXPECT_EQ(body_received, std::string(1'000'000, 'x'));
}

TEST_F(HttpClientTest, ReadsBodiesByChunksAndToTheEndOfTheConnection) {
  const BareServer bare;
  auto chunked = send({.host = "127.0.0.1", .port = bare.port});
  bare.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.get().body, "abc");
  auto to_the_end = send({.host = "127.0.0.1", .port = bare.port});
  bare.answer("HTTP/1.0 200 OK\r\n\r\nabcd");
  EXPECT_EQ(to_the_end.get().body, "abcd");
}

TEST_F(HttpClientTest, AnAnswerThatIsCutOrNoHttpIsAFailure) {
  const BareServer bare;
  auto cut = send({.host = "127.0.0.1", .port = bare.port});
  bare.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_THAT(cut.get().failure, HasSubstr("no whole answer"));
  auto other = send({.host = "127.0.0.1", .port = bare.port});
  bare.answer("220 mail server ready\r\n\r\n");
  EXPECT_THAT(other.get().failure, HasSubstr("no whole answer"));
}

TEST_F(HttpClientTest, WhoIsNotThereIsAFailure) {
  unsigned short port = 0;
  {
    const BareServer gone;
    port = gone.port;
  }
  EXPECT_THAT(send({.host = "127.0.0.1", .port = port}).get().failure, HasSubstr("no connection"));
}

TEST_F(HttpClientTest, WhoDoesNotAnswerInTimeIsAFailure) {
  const BareServer silent;
  const ClientRequest request{
      .host = "127.0.0.1", .port = silent.port, .limit = std::chrono::milliseconds{20}};
  EXPECT_EQ(send(request).get().failure, "no answer in time");
}

TEST_F(HttpClientTest, ADroppedCallTellsNothing) {
  const BareServer bare;
  auto answer = send({.host = "127.0.0.1", .port = bare.port});
  loop.run([this] { call.reset(); });
  loop.run([] {});
  EXPECT_THROW(answer.get(), std::future_error);  // its callback was destroyed, uncalled
}

}  // namespace
}  // namespace lmi::test
