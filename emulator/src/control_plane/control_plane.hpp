#pragma once

#include "control_plane/version_host.hpp"
#include "http/exchange.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace lmi::emulator::access {
class Verifier;
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

  /// How long a resource stays in a state that AWS passes through. Long enough to be seen, short enough not
  /// to wait for. AWS: seconds.
  std::chrono::milliseconds settle{200};
  std::chrono::milliseconds deleting{500};

  /// The time of day, for LastModified.
  std::function<std::chrono::system_clock::time_point()> wall_clock = [] {
    return std::chrono::system_clock::now();
  };
};

/// The AWS API: capacity providers, functions, versions, scaling, Invoke. Also the question of STS whose key
/// a request is signed with.
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

  /// Answers a request to the AWS API. Refuses what a web page could send.
  void handle(http::ExchangePtr exchange);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::emulator::control_plane
