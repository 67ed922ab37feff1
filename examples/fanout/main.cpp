// A coroutine function: each call asks an upstream several things at once and adds up what it says.
// {"requests": 5, "delayMs": 20} in, {"ok": 5, "failed": 0, "bytes": 215, "elapsedMs": 21} out.
// UPSTREAM is the upstream's URL without the path, e.g. http://127.0.0.1:8090.

#include "upstream_client.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <lmi/async.hpp>
#include <lmi/json.hpp>
#include <lmi/log.hpp>
#include <string>

namespace {

using std::chrono::milliseconds;

/// What must be left of the invocation's time for its own answer.
constexpr milliseconds reserve{50};
constexpr unsigned max_requests = 100;

struct Request {
  unsigned requests = 5;
  unsigned delayMs = 20;  // NOLINT(readability-identifier-naming): as in the event
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Request, requests, delayMs)

struct Upstream {
  fanout::UpstreamClient& client;

  lmi::Task<nlohmann::json> operator()(Request request, lmi::Context context) const {
    if (request.requests == 0 || request.requests > max_requests) {
      throw lmi::Error{.type = "BadRequest",
                       .message = "\"requests\" must be 1 to " + std::to_string(max_requests)};
    }
    std::vector<std::string> paths;
    for (unsigned i = 0; i < request.requests; ++i) {
      paths.push_back("/delay/" + std::to_string(request.delayMs) + "?item=" + std::to_string(i));
    }
    const auto started = std::chrono::steady_clock::now();
    const auto answers = co_await client.get_all(std::move(paths), lmi::HttpLimits::of(context, reserve));

    unsigned ok = 0;
    std::size_t bytes = 0;
    std::string first_error;
    for (const auto& answer : answers) {
      if (answer.status == 200) {
        ++ok;
        bytes += answer.body.size();
      } else if (first_error.empty()) {
        first_error = answer.error.empty() ? "status " + std::to_string(answer.status) : answer.error;
      }
    }
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started);
    context.log().info("fanout.done requests={} ok={} duration_ms={}", answers.size(), ok, took.count());
    if (ok == 0) throw lmi::Error{.type = "UpstreamFailed", .message = first_error};
    co_return nlohmann::json{
        {"ok", ok}, {"failed", answers.size() - ok}, {"bytes", bytes}, {"elapsedMs", took.count()}};
  }
};

}  // namespace

int main() {
  const char* variable =
      std::getenv("UPSTREAM");  // NOLINT(concurrency-mt-unsafe): before any thread is started
  if (variable == nullptr || *variable == '\0') {
    std::cerr << "fanout: UPSTREAM must be a URL, e.g. lmi deploy … --env UPSTREAM=http://127.0.0.1:8090\n";
    return 2;
  }
  fanout::UpstreamClient client{{.url = variable}};  // the Init phase: made once, shared by all invocations
  return lmi::run(Upstream{client});
}
