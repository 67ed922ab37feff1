#pragma once

#include "http/exchange.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace lmi::emulator::observe::test {

/// A request without a connection; keeps the response.
class FakeExchange final : public http::Exchange {
 public:
  explicit FakeExchange(http::Head head) : head_{std::move(head)} {}

  const http::Head& head() const noexcept override { return head_; }
  void read_body(std::size_t, std::function<void(http::Body)> done) override { done({}); }
  void read_body_in_pieces(std::size_t, Piece, std::function<void(http::Body)> done) override { done({}); }
  /// Nothing tested with this exchange streams its answers.
  std::unique_ptr<http::BodyWriter> begin_response(http::Response) override { return nullptr; }
  void respond(http::Response given) override {
    if (!response) response = std::move(given);
  }
  void drop() override {}
  void on_disconnect(std::function<void()> gone) override { disconnect = std::move(gone); }

  std::optional<http::Response> response;
  std::function<void()> disconnect;

 private:
  http::Head head_;
};

}  // namespace lmi::emulator::observe::test
