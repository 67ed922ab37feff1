#pragma once

#include "http_client/connection.hpp"
#include "http_client/resolver.hpp"
#include "lmi/http_client.hpp"

#include <atomic>
#include <stop_token>

namespace lmi::http_client {

/// Opens connections to one origin, each on the thread that asks for it.
///
/// Threads:  any, several at once.
/// Lifetime: what it is constructed with outlives it.
class Connector {
 public:
  struct Needs {
    const Origin& origin;
    const HttpTimeouts& timeouts;
    Resolver& resolver;
    TlsContext* tls = nullptr;  ///< Null for a plain origin.
    TlsSessions& sessions;
  };

  explicit Connector(const Needs& needs) : needs_{needs} {}

  /// Resolves the name, connects (the addresses one after the other, each with its share of the time), and
  /// shakes hands. Blocks until `until` at most; a stop ends it early.
  HttpResult<void> open(Connection& connection, SteadyTime until, const std::stop_token& stop);

  /// What the latest attempt is doing, for the error of one who could not wait for it.
  [[nodiscard]] HttpPhase phase() const noexcept { return phase_.load(); }

 private:
  HttpResult<Socket> connect(SteadyTime until, const std::stop_token& stop);
  HttpResult<Socket> connect_to(const Address& address, SteadyTime until, const std::stop_token& stop);
  HttpResult<void> shake_hands(Connection& connection, SteadyTime until, const std::stop_token& stop);

  Needs needs_;
  std::atomic<HttpPhase> phase_{HttpPhase::resolving};
};

}  // namespace lmi::http_client
