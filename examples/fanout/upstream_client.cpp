#include "upstream_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <lmi/http_client_async.hpp>
#include <utility>

namespace fanout {
namespace {

namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;

/// How many of the requests are under way; wakes who waits for the last one.
struct Countdown {
  std::size_t left;
  asio::steady_timer all_done;
};

lmi::Task<void> get(lmi::HttpClient& client, std::string url, const lmi::HttpLimits& limits, Fetched& result,
                    Countdown& countdown) {
  try {
    lmi::HttpCall call;
    call.url = std::move(url);
    auto reply = co_await client.async_send(call, limits);
    if (reply) {
      result.status = reply->status;
      result.body = std::move(reply->body);
    } else {
      result.error = reply.error().message;
    }
  } catch (const std::exception& failure) {
    result.error = failure.what();
  }
  if (--countdown.left == 0) countdown.all_done.cancel();
}

}  // namespace

UpstreamClient::UpstreamClient(Options options)
    : url_{std::move(options.url)}, client_{{.max_connections_per_origin = options.max_connections}} {}

lmi::Task<std::vector<Fetched>> UpstreamClient::get_all(std::vector<std::string> paths,
                                                        lmi::HttpLimits limits) {
  // The requests below refer to this frame, so it must not end before them; the limits end them all.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const auto executor = co_await asio::this_coro::executor;
  std::vector<Fetched> results(paths.size());
  Countdown countdown{.left = paths.size(), .all_done = asio::steady_timer{executor, SteadyTime::max()}};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    asio::co_spawn(executor, get(client_, url_ + paths[i], limits, results[i], countdown), asio::detached);
  }
  while (countdown.left > 0) co_await countdown.all_done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return results;
}

}  // namespace fanout
