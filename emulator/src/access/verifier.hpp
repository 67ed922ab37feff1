#pragma once

#include "access/authorization.hpp"
#include "access/credentials.hpp"
#include "http/exchange.hpp"
#include "model/api_error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::access {

/// Verifies AWS Signature Version 4, in two steps because a request's body follows its head.
///
/// Errors carry AWS's codes and texts, which users of its services report; a text of ours says so in the
/// source. Any time and any bytes may come in; nothing is remembered between requests.
///
/// Threads:  any, as long as `wall_clock` may be called from any.
/// Lifetime: a Claim keeps nothing of the Head.
class Verifier {
 public:
  using WallClock = std::function<std::chrono::system_clock::time_point()>;

  /// How far a request's time may be from ours, either way. AWS documentation.
  static constexpr std::chrono::minutes tolerance{5};

  /// `region` is the only one that requests may be signed for.
  Verifier(Credentials credentials, std::string region, WallClock wall_clock);

  /// What remains to be checked when the body is there.
  struct Claim {
    Authorization authorization;
    std::string amz_date;
    std::string secret;
    /// x-amz-content-sha256: the signer's word on the body. Absent: the body's own hash was signed.
    std::optional<std::string> payload_hash;
  };

  /// Everything a head tells: form, key, session token, time, scope. `service` as in the scope: "lambda".
  model::Result<Claim> examine(const http::Head& head, std::string_view service) const;

  /// The signature itself. nullopt: it is right. `body_hash` from sha256_hex().
  static std::optional<model::ApiError> refute(const Claim& claim, const http::Head& head,
                                               std::string_view body_hash);

 private:
  std::optional<model::ApiError> check_time(const std::string& amz_date) const;
  std::optional<model::ApiError> check_scope(const Credential& credential, std::string_view service,
                                             const std::string& amz_date) const;

  Credentials credentials_;
  std::string region_;
  WallClock wall_clock_;
};

}  // namespace lmi::emulator::access
