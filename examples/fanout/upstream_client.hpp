#pragma once

#include <chrono>
#include <cstddef>
#include <lmi/async.hpp>
#include <lmi/http_client.hpp>
#include <string>
#include <vector>

namespace fanout {

/// What one request came to: a status and a body, or an error.
struct Fetched {
  unsigned status = 0;
  std::string body{};
  std::string error{};  ///< Not empty: no answer came, and why.
};

/// One upstream, shared by every invocation of the process: lmi::HttpClient with a limit of its own, and a
/// way to ask it many things at once.
///
/// Threads:  get_all() may be called from any coroutine on any thread, at the same time; its coroutine's
/// executor must
///           run one thing at a time, as a handler's does.
/// Lifetime: must outlive the coroutines that use it: make it in main(), before lmi::run().
class UpstreamClient {
 public:
  struct Options {
    std::string url;  ///< Before the paths: "http://host:port".
    std::size_t max_connections = 32;
  };

  explicit UpstreamClient(Options options);

  /// GETs all of `paths` at the same time and returns when each has its answer or failed, at the latest at
  /// the limits' deadline. The results are in the order of the paths.
  lmi::Task<std::vector<Fetched>> get_all(std::vector<std::string> paths, lmi::HttpLimits limits);

 private:
  std::string url_;
  lmi::HttpClient client_;
};

}  // namespace fanout
