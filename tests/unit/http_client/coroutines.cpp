#include "lmi/http_client_async.hpp"
#include "unit/http_client/sending.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <optional>
#include <thread>

namespace lmi::http_client::test {
namespace {

namespace asio = boost::asio;
using Results = std::vector<std::optional<HttpResult<HttpReply>>>;

Task<void> send_into(HttpClient& client, HttpCall call, HttpLimits limits,
                     std::optional<HttpResult<HttpReply>>& result) {
  result = co_await client.async_send(call, limits);
}

Task<void> send_without_limits(HttpClient& client, HttpCall call,
                               std::optional<HttpResult<HttpReply>>& result) {
  result = co_await client.async_send(call);
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

std::vector<HttpResult<HttpReply>> send_coroutines(HttpClient& client, const std::vector<HttpCall>& calls,
                                                   const HttpLimits& limits) {
  asio::io_context io;
  Results results(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    asio::co_spawn(asio::make_strand(io), send_into(client, calls[i], limits, results[i]), rethrow);
  }
  std::thread second{[&] { io.run(); }};
  io.run();
  second.join();
  std::vector<HttpResult<HttpReply>> all;
  for (auto& result : results) all.push_back(std::move(*result));
  return all;
}

HttpResult<HttpReply> send_coroutine(HttpClient& client, const HttpCall& call) {
  asio::io_context io;
  std::optional<HttpResult<HttpReply>> result;
  asio::co_spawn(io, send_without_limits(client, call, result), rethrow);
  io.run();
  return *result;
}

HttpResult<HttpReply> send_and_cancel(HttpClient& client, const HttpCall& call, const HttpLimits& limits,
                                      const std::function<void()>& reached) {
  asio::io_context io;
  asio::cancellation_signal signal;
  std::optional<HttpResult<HttpReply>> result;
  asio::co_spawn(io, send_into(client, call, limits, result),
                 asio::bind_cancellation_slot(signal.slot(), rethrow));
  std::thread canceller{[&] {
    reached();
    asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
  }};
  auto work = asio::make_work_guard(io);  // until the cancellation is in
  std::thread release{[&] {
    canceller.join();
    work.reset();
  }};
  io.run();
  release.join();
  return *result;
}

}  // namespace lmi::http_client::test
