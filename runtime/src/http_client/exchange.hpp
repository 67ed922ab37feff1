#pragma once

#include "http_client/connection.hpp"
#include "http_client/reply_reader.hpp"
#include "lmi/http_client.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::http_client {

/// One request and its reply over one connection. Does what can be done without waiting and says what to wait
/// for.
///
/// Threads:  one at a time.
/// Lifetime: the connection and the body outlive it.
class Exchange {
 public:
  struct Rules {
    std::size_t max_body_bytes = 0;
    bool no_reply_body = false;  ///< A HEAD.
    bool ask_first = false;      ///< The head has Expect: 100-continue.
  };

  Exchange(Connection& connection, std::string head, std::string_view body, const Rules& rules);

  /// want_read, want_write: again once the socket is ready. done: reply() is whole. failed: see error().
  IoStatus advance();

  /// sending, first_byte or receiving.
  [[nodiscard]] HttpPhase phase() const noexcept;

  /// Whether the body is held back until the peer agrees, or go_on().
  [[nodiscard]] bool asking() const noexcept { return asking_; }
  void go_on() noexcept { asking_ = false; }

  /// Whether any byte of the request may have left this process.
  [[nodiscard]] bool sent() const noexcept { return sent_; }
  [[nodiscard]] bool reply_started() const noexcept { return reader_.started(); }

  /// Whether the connection may carry another exchange.
  [[nodiscard]] bool reusable() const noexcept { return complete_ && all_sent() && reader_.keep_alive(); }

  [[nodiscard]] HttpReply& reply() noexcept { return reader_.reply(); }
  [[nodiscard]] HttpErrc error() const noexcept { return error_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  [[nodiscard]] bool all_sent() const noexcept { return written_ == head_.size() + body_.size(); }
  IoStatus send();
  IoStatus receive();
  IoStatus fail(HttpErrc code, std::string problem);

  Connection& connection_;
  std::string head_;
  std::string_view body_;
  ReplyReader reader_;
  std::size_t written_ = 0;
  bool asking_;
  bool sent_ = false;
  bool refused_ = false;  ///< Writing failed: what is left is to read why.
  bool complete_ = false;
  HttpErrc error_{};
  std::string problem_;
};

}  // namespace lmi::http_client
