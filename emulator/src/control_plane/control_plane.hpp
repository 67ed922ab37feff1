#pragma once

#include "control_plane/delays.hpp"
#include "control_plane/version_host.hpp"
#include "events/deliveries.hpp"
#include "events/outbox.hpp"
#include "events/parameters.hpp"
#include "http/client.hpp"
#include "http/exchange.hpp"
#include "http/url.hpp"
#include "loop/loop.hpp"
#include "model/quotas.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lmi::emulator::access {
class Verifier;
}
namespace lmi::emulator::observe {
class CloudWatchEndpoint;
}
namespace lmi::emulator::store {
class Store;
}

namespace lmi::emulator::control_plane {

struct ControlPlaneConfig {
  std::string region = "us-east-1";  ///< For requests whose signature names none.
  std::string account_id = "000000000000";
  std::string address = "127.0.0.1";  ///< Where the emulator listens: a Host header may name it.

  /// Not nullptr: every request's signature is verified, and Host need not name this machine. Must outlive
  /// the control plane.
  const access::Verifier* verifier = nullptr;

  Delays delays;
  std::uint64_t routing_seed = 1;  ///< Of the draws between the two versions of an alias.

  /// Of functions without a capacity provider: calls at once, over all of them.
  unsigned account_concurrency = model::quotas::account_concurrency;

  events::Parameters events{};
  events::Outbox::Places places{};  ///< Where records of asynchronous invocations go.
  /// To sinks, queues and buckets; must outlive the control plane. nullptr: files are the only sinks, no
  /// queue is read and no code fetched.
  http::Client* client = nullptr;
  std::optional<http::Url> s3_endpoint{};  ///< Of a server that stands in for S3: code is fetched from it.
  /// Whether a function URL that needs no signature answers only when the function's resource policy lets
  /// everybody in, as on AWS.
  bool enforces_url_policies = false;
  /// Told of what went wrong where no caller hears of it.
  events::Warn warn = [](const std::string&) {};

  /// Answers what is sent to CloudWatch; must outlive the control plane. nullptr: no such service.
  const observe::CloudWatchEndpoint* cloudwatch = nullptr;

  /// The time of day, for LastModified.
  std::function<std::chrono::system_clock::time_point()> wall_clock = [] {
    return std::chrono::system_clock::now();
  };
};

/// The AWS API (actions.cpp lists the operations it has), the question of STS whose key a request is signed
/// with, CloudWatch's metrics, and what function URLs are sent.
///
/// What it accepts is in the store before the caller is answered. It keeps everything in memory too and
/// decides there; the store is read once.
///
/// Threads:  loop thread only.
/// Lifetime: loop, store and host must outlive it. It takes the host's notices for itself (on_notice).
class ControlPlane {
 public:
  ControlPlane(Loop& loop, store::Store& store, VersionHost& host, ControlPlaneConfig config);
  ~ControlPlane();

  /// Makes what the store holds live again: capacity providers and published versions are given to the host.
  /// Call once, before the first request. Removes packages nothing refers to.
  void restore();

  /// No event and no batch of a queue is begun any more. What is left goes on after the next start.
  void stop();

  /// Answers a request to the AWS API or to a function URL. Refuses what a web page could send, except to a
  /// function URL that is open to everybody.
  void handle(http::ExchangePtr exchange);

  /// Whether a request is for a function URL, whose paths are all the function's own: the emulator's other
  /// endpoints must not take it.
  static bool is_for_function_url(const http::Head& head);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::emulator::control_plane
