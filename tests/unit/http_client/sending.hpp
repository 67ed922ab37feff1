#pragma once

#include "lmi/http_client.hpp"

#include <chrono>
#include <functional>
#include <ostream>
#include <vector>

namespace lmi::http_client::test {

/// Ends no test that works; a broken one after a while.
constexpr std::chrono::seconds patience{60};

inline HttpLimits within(std::chrono::milliseconds time) {
  return HttpLimits{std::chrono::steady_clock::now() + time};
}

/// All of `calls` at the same time, as coroutines on two threads, each on a strand of its own; results in
/// order.
std::vector<HttpResult<HttpReply>> send_coroutines(HttpClient& client, const std::vector<HttpCall>& calls,
                                                   const HttpLimits& limits);

/// One call without limits.
HttpResult<HttpReply> send_coroutine(HttpClient& client, const HttpCall& call);

/// One call that Asio's cancellation ends as soon as `reached` returns.
HttpResult<HttpReply> send_and_cancel(HttpClient& client, const HttpCall& call, const HttpLimits& limits,
                                      const std::function<void()>& reached);

enum class Kind { blocking, coroutine };

/// For googletest, which else names a test's parameter by its bytes.
inline void PrintTo(Kind kind, std::ostream* out) {
  *out << (kind == Kind::blocking ? "blocking" : "coroutine");
}

inline HttpResult<HttpReply> send(Kind kind, HttpClient& client, const HttpCall& call,
                                  const HttpLimits& limits = within(patience)) {
  return kind == Kind::blocking ? client.send(call, limits) : send_coroutines(client, {call}, limits)[0];
}

}  // namespace lmi::http_client::test
