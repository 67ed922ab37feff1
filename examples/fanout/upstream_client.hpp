#pragma once

#include <chrono>
#include <cstddef>
#include <lmi/async.hpp>
#include <memory>
#include <string>
#include <vector>

namespace fanout {

/// What one request came to: a status and a body, or an error.
struct Fetched {
  unsigned status = 0;
  std::string body{};
  std::string error{};  ///< Not empty: no answer came, and why.
};

/// One HTTP/1.1 upstream, shared by every invocation of the process: keep-alive connections, never more than
/// `max_connections` of them; requests beyond that wait for one, and the wait counts against their time.
///
/// Threads:  get_all() may be called from any coroutine on any thread, at the same time. The connections live
/// on a
///           thread of the client's own, so that no invocation waits for another one's strand, and no lock is
///           needed.
/// Lifetime: must outlive the coroutines that use it: make it in main(), before lmi::run().
class UpstreamClient {
 public:
  struct Options {
    std::string host;
    std::string port;
    std::size_t max_connections = 32;
  };

  explicit UpstreamClient(Options options);
  ~UpstreamClient();
  UpstreamClient(const UpstreamClient&) = delete;
  UpstreamClient& operator=(const UpstreamClient&) = delete;

  /// GETs all of `paths` at the same time and returns when each has its answer or failed, at the latest after
  /// `timeout`. The results are in the order of the paths.
  lmi::Task<std::vector<Fetched>> get_all(std::vector<std::string> paths, std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanout
