#include "upstream_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

namespace fanout {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_body_bytes = 1 << 20;

/// One connection, open or not. The upstream may have closed an open one meanwhile.
struct Connection {
  explicit Connection(const asio::any_io_executor& executor) : stream{executor} {}
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  bool open = false;
};

}  // namespace

/// Everything here runs on `thread_` only.
class UpstreamClient::Impl {
 public:
  explicit Impl(Options options) : options_{std::move(options)}, thread_{[this] { io_.run(); }} {}

  ~Impl() {
    work_.reset();
    io_.stop();
    thread_.join();
  }

  asio::awaitable<std::vector<Fetched>> get_all(std::vector<std::string> paths,
                                                std::chrono::milliseconds timeout);
  asio::io_context& io() noexcept { return io_; }

 private:
  using ConnectionPtr = std::unique_ptr<Connection>;

  asio::awaitable<void> get_into(const std::string& path, SteadyTime deadline, Fetched& result,
                                 std::size_t& left, asio::steady_timer& all_done);
  asio::awaitable<Fetched> get(const std::string& path, SteadyTime deadline);
  asio::awaitable<Fetched> exchange(Connection& connection, const std::string& path, SteadyTime deadline);
  asio::awaitable<error_code> open(Connection& connection, SteadyTime deadline);
  asio::awaitable<ConnectionPtr> acquire(SteadyTime deadline);
  void release(ConnectionPtr connection);

  Options options_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<ConnectionPtr> idle_;
  std::size_t made_ = 0;
  std::deque<asio::steady_timer*>
      waiting_;         ///< Of those who wait for a connection, oldest first; cancel wakes one.
  std::thread thread_;  ///< Last: runs when all above is there.
};

asio::awaitable<std::vector<Fetched>> UpstreamClient::Impl::get_all(std::vector<std::string> paths,
                                                                    std::chrono::milliseconds timeout) {
  // The requests below refer to this frame, so it must not end before them; the deadline ends them all.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
  std::vector<Fetched> results(paths.size());
  std::size_t left = paths.size();
  asio::steady_timer all_done{io_, SteadyTime::max()};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    asio::co_spawn(io_, get_into(paths[i], deadline, results[i], left, all_done), asio::detached);
  }
  while (left > 0) co_await all_done.async_wait(no_throw);
  co_return results;
}

asio::awaitable<void> UpstreamClient::Impl::get_into(const std::string& path, SteadyTime deadline,
                                                     Fetched& result, std::size_t& left,
                                                     asio::steady_timer& all_done) {
  try {
    result = co_await get(path, deadline);
  } catch (const std::exception& failure) {
    result.error = failure.what();
  }
  if (--left == 0) all_done.cancel();
}

asio::awaitable<Fetched> UpstreamClient::Impl::get(const std::string& path, SteadyTime deadline) {
  ConnectionPtr connection = co_await acquire(deadline);
  if (!connection) co_return Fetched{.error = "no connection was free in time"};
  const bool reused = connection->open;
  Fetched result = co_await exchange(*connection, path, deadline);
  if (!result.error.empty() && reused && std::chrono::steady_clock::now() < deadline) {
    // The upstream may close an idle connection at any time; a GET can be sent again.
    result = co_await exchange(*connection, path, deadline);
  }
  release(std::move(connection));
  co_return result;
}

asio::awaitable<Fetched> UpstreamClient::Impl::exchange(Connection& connection, const std::string& path,
                                                        SteadyTime deadline) {
  if (!connection.open) {
    if (const auto error = co_await open(connection, deadline)) co_return Fetched{.error = error.message()};
  }
  http::request<http::empty_body> request{http::verb::get, path, 11};
  request.set(http::field::host, options_.host);
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_body_bytes);

  connection.open = false;  // until all has gone well
  connection.stream.expires_at(deadline);
  const auto [write_error, written] = co_await http::async_write(connection.stream, request, no_throw);
  if (write_error) co_return Fetched{.error = write_error.message()};
  const auto [read_error, read] =
      co_await http::async_read(connection.stream, connection.buffer, parser, no_throw);
  if (read_error) co_return Fetched{.error = read_error.message()};
  connection.open = parser.keep_alive();
  auto response = parser.release();
  co_return Fetched{.status = response.result_int(), .body = std::move(response.body())};
}

asio::awaitable<error_code> UpstreamClient::Impl::open(Connection& connection, SteadyTime deadline) {
  connection.stream.close();
  connection.buffer.clear();
  asio::ip::tcp::resolver resolver{io_};
  const auto [resolve_error, addresses] =
      co_await resolver.async_resolve(options_.host, options_.port, no_throw);
  if (resolve_error) co_return resolve_error;
  connection.stream.expires_at(deadline);
  const auto [connect_error, peer] = co_await connection.stream.async_connect(addresses, no_throw);
  if (connect_error) co_return connect_error;
  error_code ignored;  // only a matter of speed
  connection.stream.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
  connection.open = true;
  co_return error_code{};
}

/// An idle connection, a new one while there may be more, or the first that is given back. Nothing after
/// `deadline`.
asio::awaitable<UpstreamClient::Impl::ConnectionPtr> UpstreamClient::Impl::acquire(SteadyTime deadline) {
  while (idle_.empty() && made_ == options_.max_connections) {
    if (std::chrono::steady_clock::now() >= deadline) co_return nullptr;
    asio::steady_timer turn{io_, deadline};
    waiting_.push_back(&turn);
    co_await turn.async_wait(no_throw);
    std::erase(waiting_, &turn);  // still there when it was the deadline that ended the wait
  }
  if (!idle_.empty()) {
    ConnectionPtr connection = std::move(idle_.back());
    idle_.pop_back();
    co_return connection;
  }
  ++made_;
  co_return std::make_unique<Connection>(io_.get_executor());
}

void UpstreamClient::Impl::release(ConnectionPtr connection) {
  idle_.push_back(std::move(connection));
  if (waiting_.empty()) return;
  waiting_.front()->cancel();
  waiting_.pop_front();
}

UpstreamClient::UpstreamClient(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
UpstreamClient::~UpstreamClient() = default;

lmi::Task<std::vector<Fetched>> UpstreamClient::get_all(std::vector<std::string> paths,
                                                        std::chrono::milliseconds timeout) {
  // Runs over there, and resumes the caller on its own executor.
  co_return co_await asio::co_spawn(impl_->io(), impl_->get_all(std::move(paths), timeout),
                                    asio::use_awaitable);
}

}  // namespace fanout
