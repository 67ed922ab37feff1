// The ways out: against the emulator's own server, and against bare sockets.
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

namespace lmi::test {
namespace {

using emulator::http::Body;
using emulator::http::ExchangePtr;

/// A listening socket that does nothing by itself.
class BareListener {
 public:
  BareListener() : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
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
  ~BareListener() { close(); }
  BareListener(const BareListener&) = delete;
  BareListener& operator=(const BareListener&) = delete;

  int accept() const { return ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  unsigned short port = 0;

 private:
  int descriptor_;
};

std::string read_bytes(int descriptor, std::size_t count) {
  std::string bytes(count, '\0');
  const auto received = ::recv(descriptor, bytes.data(), count, MSG_WAITALL);
  bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
  return bytes;
}

class Outlets : public testing::Test {
 protected:
  ~Outlets() override {
    loop.run([this] {
      outlet.reset();
      server.reset();
    });
  }
  std::future<bool> send(std::string bytes) {
    auto promise = std::make_shared<std::promise<bool>>();  // shared with the loop's task
    auto taken = promise->get_future();
    loop.run([&] { outlet->send(std::move(bytes), [promise](bool yes) { promise->set_value(yes); }); });
    return taken;
  }
  void open_post(unsigned short port) {
    loop.run([&] {
      outlet = network->open_post_outlet({.port = port, .authority = "sandbox.localdomain:1", .path = "/p"});
    });
  }

  LoopThread loop;
  std::unique_ptr<emulator::http::Network> network = emulator::http::make_network(loop.loop());
  std::unique_ptr<emulator::http::Server> server;
  std::unique_ptr<emulator::http::Outlet> outlet;
};

TEST_F(Outlets, APostIsTakenWhenTheStatusSaysSo) {
  struct Got {
    emulator::http::Head head;
    std::string body;
  } got;
  unsigned status = 200;
  loop.run([&] {
    server = network->listen("127.0.0.1", 0, [&](const ExchangePtr& exchange) {
      exchange->read_body(1 << 20, [&, exchange](const Body& body) {
        got = {exchange->head(), body.data};
        exchange->respond({.status = status, .headers = {}, .body = "x"});
      });
    });
  });
  open_post(loop.run([&] { return server->port(); }));
  EXPECT_TRUE(send("[1]").get());
  EXPECT_EQ(got.head.method, "POST");
  EXPECT_EQ(got.head.target, "/p");
  EXPECT_EQ(got.head.headers.get("Host"), "sandbox.localdomain:1");
  EXPECT_EQ(got.head.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(got.body, "[1]");

  loop.run([&] { status = 503; });
  EXPECT_FALSE(send("[2]").get());
  loop.run([&] { status = 202; });
  EXPECT_TRUE(send("[3]").get());
}

TEST_F(Outlets, NobodyThereIsNotTaken) {
  BareListener listener;
  const auto port = listener.port;
  listener.close();
  open_post(port);
  EXPECT_FALSE(send("[]").get());
}

TEST_F(Outlets, AConnectionThatClosesWithoutAStatusIsNotTaken) {
  const BareListener listener;
  open_post(listener.port);
  auto taken = send("[]");
  const int peer = listener.accept();
  ::close(peer);
  EXPECT_FALSE(taken.get());
}

TEST_F(Outlets, WhatIsNoHttpIsNotTaken) {
  const BareListener listener;
  open_post(listener.port);
  auto taken = send("[]");
  const int peer = listener.accept();
  ASSERT_EQ(::send(peer, "200 OK\r\n\r\n", 10, MSG_NOSIGNAL), 10);
  EXPECT_FALSE(taken.get());
  ::close(peer);
}

TEST_F(Outlets, AStreamWritesToOneConnectionAndOpensAnotherWhenItBroke) {
  const BareListener listener;
  loop.run([&] { outlet = network->open_stream_outlet(listener.port); });
  EXPECT_TRUE(send("one\n").get());
  EXPECT_TRUE(send("two\n").get());
  const int first = listener.accept();
  EXPECT_EQ(read_bytes(first, 8), "one\ntwo\n");
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(first, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(first);

  while (send("x").get()) {
  }  // until the broken connection is noticed
  EXPECT_TRUE(send("three\n").get());
  const int second = listener.accept();
  EXPECT_EQ(read_bytes(second, 6), "three\n");
  ::close(second);
}

TEST_F(Outlets, DestroyedItTellsNothing) {
  const BareListener listener;
  bool told = false;
  loop.run([&] {
    outlet = network->open_post_outlet({.port = listener.port, .authority = "a", .path = "/"});
    outlet->send("[]", [&](bool) { told = true; });
  });
  const int peer = listener.accept();
  loop.run([&] { outlet.reset(); });
  char byte = 0;
  while (::recv(peer, &byte, 1, 0) > 0) {
  }
  ::close(peer);
  loop.run([] {});
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace lmi::test
