#include "http_client/call.hpp"
#include "http_client/core.hpp"
#include "http_client/poll_wait.hpp"
#include "http_client/stop_shutdown.hpp"
#include "lmi/http_client.hpp"

#include <condition_variable>
#include <mutex>
#include <variant>

namespace lmi {
namespace http_client {
namespace {

void pause(SteadyTime until, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock{mutex};
  never.wait_until(lock, stop, until, [] { return false; });
}

HttpResult<HttpReply> drive(Call& call, const std::stop_token& stop) {
  for (;;) {
    const auto want = call.advance();
    if (const auto* connection = std::get_if<Call::WantConnection>(&want)) {
      call.connection_given(connection->pool.acquire(connection->limits));
    } else if (const auto* socket = std::get_if<Call::WantSocket>(&want)) {
      const StopShutdown shut{stop, socket->socket};
      wait_for(socket->socket, socket->direction, socket->until);  // advance() looks at the time itself
    } else if (const auto* wait = std::get_if<Call::WantPause>(&want)) {
      pause(wait->until, stop);
    } else {
      return call.take_result();
    }
  }
}

}  // namespace
}  // namespace http_client

HttpLimits HttpLimits::of(const Context& context, std::chrono::milliseconds reserve) {
  const auto deadline = context.deadline();
  HttpLimits limits{deadline == decltype(deadline)::max() ? deadline : deadline - reserve};
  limits.stop = context.stop_token();
  limits.request_id = context.request_id();
  limits.trace_id = context.trace_id();
  return limits;
}

HttpClient::HttpClient(HttpClientOptions options)
    : core_{std::make_unique<http_client::Core>(std::move(options))} {}
HttpClient::~HttpClient() = default;

HttpResult<HttpReply> HttpClient::send(const HttpCall& call, const HttpLimits& limits) {
  http_client::Call machine{*core_, call, limits};
  return http_client::drive(machine, limits.stop);
}

HttpClientMetrics HttpClient::metrics() const {
  return core_->metrics();
}

}  // namespace lmi
