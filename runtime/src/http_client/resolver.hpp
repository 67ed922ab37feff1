#pragma once

#include "http_client/time.hpp"
#include "http_client/url.hpp"
#include "lmi/http_client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

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
/// attempt.
///
/// Threads: any.
class Resolver {
 public:
  using Lookup = std::function<std::vector<std::string>(const std::string& host)>;

  /// `lookup` may be empty: the system's resolver.
  Resolver(Origin origin, Lookup lookup) : origin_{std::move(origin)}, lookup_{std::move(lookup)} {}

  /// Blocks until `until` or the stop at most. Never an empty list.
  HttpResult<std::vector<Address>> resolve(SteadyTime until, const std::stop_token& stop);

 private:
  struct Flight;

  Origin origin_;
  Lookup lookup_;
  std::mutex mutex_;
  std::shared_ptr<Flight> flight_;  ///< Shared with its thread and those who wait for it; whoever is last.
};

}  // namespace lmi::http_client
