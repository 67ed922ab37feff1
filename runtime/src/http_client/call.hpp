#pragma once

#include "http_client/core.hpp"
#include "http_client/exchange.hpp"
#include "http_client/time.hpp"
#include "http_client/url.hpp"
#include "lmi/http_client.hpp"
#include "lmi/pool.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lmi::http_client {

/// One call from the first look at its URL to its reply or error: attempts, back-off, redirects. It never
/// waits: it says what for, and whoever drives it does, blocking a thread or suspending a coroutine.
///
///     for (;;) wait for what call.advance() wants, until it is Finished; then call.take_result()
///
/// Threads:  one at a time.
/// Lifetime: core, call and limits outlive it. Destroyed unfinished, it closes its connection.
class Call {
 public:
  /// Acquire one and hand over what came: connection_given().
  struct WantConnection {
    Pool<Connection>& pool;
    AcquireLimits limits;
  };
  /// Until it is ready for `direction`, `until` has come, or the stop token is requested (see StopShutdown).
  struct WantSocket {
    const Socket& socket;
    IoStatus direction;
    SteadyTime until;
  };
  /// Until `until` or the stop.
  struct WantPause {
    SteadyTime until;
  };
  struct Finished {};
  using Want = std::variant<WantConnection, WantSocket, WantPause, Finished>;

  Call(Core& core, const HttpCall& call, const HttpLimits& limits);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Want advance();
  void connection_given(PoolResult<Lease<Connection>> given);

  /// Its caller was cancelled: finishes it as stopped.
  void cancel();

  [[nodiscard]] HttpResult<HttpReply> take_result() { return std::move(*result_); }

 private:
  enum class State { acquiring, exchanging, pausing };

  void aim(HttpResult<Target> target);
  bool prepare_headers();
  bool out_of_time();
  [[nodiscard]] HttpPhase phase() const noexcept;
  void begin_exchange();
  std::optional<Want> exchange();
  SteadyTime socket_until();
  void exchange_done();
  void exchange_failed();
  void leave_connection(bool reusable) noexcept;
  bool follow(const HttpReply& reply);
  bool try_again(bool allowed, std::optional<std::chrono::milliseconds> at_least, bool at_once);
  void finish(HttpReply reply);
  void fail(HttpCallError error);

  Core& core_;
  const HttpCall& call_;
  const HttpLimits& limits_;
  const HttpTimeouts& timeouts_;
  const SteadyTime end_;

  std::string method_;
  std::string_view body_;
  HeaderList own_headers_;  ///< Of the call, as far as the current target may see them.
  Target target_;
  std::shared_ptr<OriginPool> origin_;
  unsigned redirects_ = 0;

  State state_ = State::acquiring;
  HeaderList headers_;  ///< Of the current attempt.
  Lease<Connection> lease_;
  std::optional<Exchange> exchange_;
  std::optional<SteadyTime> first_byte_end_;
  std::optional<SteadyTime> asking_end_;
  SteadyTime pause_end_{};
  unsigned tries_ = 0;     ///< Of the current target, with those that got no connection.
  unsigned attempts_ = 0;  ///< Requests sent.
  std::optional<HttpResult<HttpReply>> result_;
};

}  // namespace lmi::http_client
