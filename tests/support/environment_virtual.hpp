#pragma once

#include "environment/environment.hpp"
#include "http/exchange.hpp"
#include "loop/manual_loop.hpp"
#include "support/environment_harness.hpp"
#include "support/environment_puppets.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lmi::test {

/// A request without a socket: the test sees the response and decides when the body arrives.
class FakeExchange final : public emulator::http::Exchange {
 public:
  FakeExchange(std::string method, std::string target, emulator::http::Headers headers = {})
      : head_{std::move(method), std::move(target), std::move(headers)} {}

  const emulator::http::Head& head() const noexcept override { return head_; }
  void read_body(std::size_t limit, std::function<void(emulator::http::Body)> done) override {
    body_limit = limit;
    body_done_ = std::move(done);
  }
  void read_body_in_pieces(std::size_t limit, Piece piece,
                           std::function<void(emulator::http::Body)> done) override {
    read_body(limit, std::move(done));
    piece_ = std::move(piece);
  }
  /// The Runtime API does not stream its answers.
  std::unique_ptr<emulator::http::BodyWriter> begin_response(emulator::http::Response) override {
    return nullptr;
  }
  void respond(emulator::http::Response answer) override {
    if (!response && !dropped) response = std::move(answer);
  }
  void drop() override { dropped = !response; }
  void on_disconnect(std::function<void()> gone) override { gone_ = std::move(gone); }

  void body_arrives(std::string data, emulator::http::BodyEnd end = emulator::http::BodyEnd::complete) {
    if (const auto done = std::exchange(body_done_, nullptr))
      done({.end = end, .data = std::move(data), .trailers = {}});
  }
  /// Of a body that is read in pieces. The next one only when `more_wanted`.
  void piece_arrives(std::string bytes) {
    more_wanted = false;
    piece_(std::move(bytes), [this] { more_wanted = true; });
  }
  void peer_leaves() {
    if (const auto gone = std::exchange(gone_, nullptr)) gone();
  }
  unsigned status() const { return response ? response->status : 0; }

  std::optional<emulator::http::Response> response;
  bool dropped = false;
  std::size_t body_limit = 0;
  bool more_wanted = false;

 private:
  emulator::http::Head head_;
  std::function<void(emulator::http::Body)> body_done_;
  Piece piece_;
  std::function<void()> gone_;
};

/// Keeps what is sent; the test says whether it was taken.
class FakeOutlet final : public emulator::http::Outlet {
 public:
  struct Sent {
    emulator::http::PostTarget target;  ///< Of a stream: the port only.
    std::string bytes;
    std::function<void(bool taken)> done;
  };
  FakeOutlet(std::vector<Sent>& sent, emulator::http::PostTarget target)
      : sent_{sent}, target_{std::move(target)} {}
  void send(std::string bytes, std::function<void(bool taken)> done) override {
    sent_.push_back({target_, std::move(bytes), std::move(done)});
  }

 private:
  std::vector<Sent>& sent_;
  emulator::http::PostTarget target_;
};

/// Keeps the handler of the one server it opens, and what goes out.
class FakeNetwork final : public emulator::http::Network {
 public:
  std::unique_ptr<emulator::http::Server> listen(const std::string&, unsigned short,
                                                 emulator::http::RequestHandler on_request) override {
    handler = std::move(on_request);
    return std::make_unique<FakeServer>(*this);
  }
  std::unique_ptr<emulator::http::Outlet> open_post_outlet(emulator::http::PostTarget target) override {
    return std::make_unique<FakeOutlet>(sent, std::move(target));
  }
  std::unique_ptr<emulator::http::Outlet> open_stream_outlet(unsigned short port) override {
    return std::make_unique<FakeOutlet>(
        sent, emulator::http::PostTarget{.port = port, .authority = {}, .path = {}});
  }
  emulator::http::RequestHandler handler;
  bool open = false;
  std::vector<FakeOutlet::Sent> sent;

 private:
  class FakeServer final : public emulator::http::Server {
   public:
    explicit FakeServer(FakeNetwork& network) : network_{network} { network_.open = true; }
    ~FakeServer() override { network_.open = false; }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;
    unsigned short port() const noexcept override { return 9001; }
    void stop_accepting() override {}

   private:
    FakeNetwork& network_;
  };
};

/// A real Environment in virtual time: no sockets, no threads, no processes. For everything that is about
/// when.
class VirtualEnvironment {
 public:
  VirtualEnvironment() {
    scratch.write("task/bootstrap", "#!/bin/sh\n");
    spec.function_name = "test_function";
    spec.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:test_function:1";
    spec.function_version = "1";
    spec.max_concurrency = "8";
    spec.task_root = scratch.path() / "task";
    spec.tmp_directory = scratch.path() / "tmp";
  }

  void start() {
    environment = std::make_unique<emulator::environment::Environment>(
        emulator::environment::Environment::Services{loop, network, supervisor}, spec,
        emulator::environment::EnvironmentEvents{
            .on_ready = [this] { ready = true; },
            .on_init_failed = [this](emulator::environment::InitFailure failure) { init_failure = failure; },
            .on_slot_free = [this] { ++slots_freed; },
            .on_idle = [this] { ++idle; },
            .on_gone = [this](bool crashed) { gone = crashed; },
            .on_log = [this](emulator::environment::LogSource,
                             std::string line) { log.push_back(std::move(line)); }});
    environment->start();
    loop.run_until_idle();
  }
  /// start() and one waiting poll.
  void start_ready() {
    start();
    poll();
    if (!ready) throw std::runtime_error("the environment did not become ready");
  }

  std::shared_ptr<FakeExchange> request(std::string method, std::string target,
                                        emulator::http::Headers headers = {}) {
    auto exchange = std::make_shared<FakeExchange>(std::move(method), std::move(target), std::move(headers));
    network.handler(exchange);
    loop.run_until_idle();
    return exchange;
  }
  std::shared_ptr<FakeExchange> poll() { return request("GET", next_path); }
  std::shared_ptr<FakeExchange> post(const std::string& target, std::string body = "{}",
                                     emulator::http::Headers headers = {}) {
    auto exchange = request("POST", target, std::move(headers));
    exchange->body_arrives(std::move(body));
    loop.run_until_idle();
    return exchange;
  }

  struct Call {
    std::optional<emulator::environment::Outcome> outcome;
  };
  std::shared_ptr<Call> invoke(std::string request_id,
                               std::shared_ptr<emulator::http::BodySink> sink = nullptr) {
    auto call = std::make_shared<Call>();
    emulator::environment::Invocation invocation;
    invocation.request_id = std::move(request_id);
    invocation.sink = std::move(sink);
    environment->invoke(std::move(invocation), [call](emulator::environment::Outcome outcome) {
      call->outcome = std::move(outcome);
    });
    loop.run_until_idle();
    return call;
  }
  void shut_down(emulator::environment::ShutdownReason reason, std::chrono::milliseconds drain = {}) {
    environment->shut_down(reason, drain);
    loop.run_until_idle();
  }
  emulator::environment::EnvironmentStats stats() const { return environment->stats(); }

  ScratchDirectory scratch;
  emulator::environment::EnvironmentSpec spec;
  emulator::ManualLoop loop;
  FakeNetwork network;
  PuppetSupervisor supervisor{loop};

  bool ready = false;
  std::optional<emulator::environment::InitFailure> init_failure;
  std::optional<bool> gone;
  unsigned slots_freed = 0;
  unsigned idle = 0;
  std::vector<std::string> log;

  std::unique_ptr<emulator::environment::Environment> environment;  // last: it uses the rest
};

}  // namespace lmi::test
