#pragma once

#include "http_client/time.hpp"
#include "http_client/url.hpp"
#include "lmi/http_client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace lmi::http_client {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

/// Finds the addresses of one origin.
///
/// getaddrinfo takes no deadline, so it runs on a thread of its own that is left to itself when it takes too
/// long. One lookup at a time: while a name server hangs, there is one such thread and not one for each
/// attempt. Addresses that come when nobody waits any more are kept for a moment: a name server that is
/// slower than every caller's patience is still of use to the next one.
///
/// Threads: any.
class Resolver {
 public:
  using Lookup = std::function<std::vector<std::string>(const std::string& host)>;
  using Clock = std::function<SteadyTime()>;

  /// How long addresses that nobody waited for are good. Names change seldom; those of load balancers have a
  /// time to live of 60 s.
  static constexpr std::chrono::seconds kept{30};

  /// `lookup` may be empty: the system's resolver. `now` tells the age of what is kept, on any thread.
  Resolver(Origin origin, Lookup lookup, Clock now = std::chrono::steady_clock::now)
      : origin_{std::move(origin)}, lookup_{std::move(lookup)}, now_{std::move(now)} {}

  /// Blocks until `until` or the stop at most. Never an empty list. Want of a thread is resolve_failed too.
  HttpResult<std::vector<Address>> resolve(SteadyTime until, const std::stop_token& stop);

 private:
  struct Flight;

  /// The lookup under way, or what it left, or a new one. Throws std::system_error for want of a thread.
  std::shared_ptr<Flight> join_flight();

  Origin origin_;
  Lookup lookup_;
  Clock now_;
  std::mutex mutex_;
  std::shared_ptr<Flight> flight_;  ///< Shared with its thread and those who wait for it; whoever is last.
};

}  // namespace lmi::http_client
