// The upstream to try `fanout` with: a loopback HTTP server. GET /delay/MS answers after that many
// milliseconds. upstream [PORT]; without one any free port is taken. Prints where it listens, ends with
// Ctrl-C.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr unsigned max_delay_ms = 60'000;

template <class Number>
Number leading_number(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

asio::awaitable<void> serve(tcp::socket socket) {
  beast::tcp_stream stream{std::move(socket)};
  beast::flat_buffer buffer;
  for (bool keep_alive = true; keep_alive;) {
    http::request<http::string_body> request;
    const auto [read_error, read] = co_await http::async_read(stream, buffer, request, no_throw);
    if (read_error) co_return;  // the client has gone
    keep_alive = request.keep_alive();

    const std::string_view target{request.target().data(), request.target().size()};
    constexpr std::string_view prefix = "/delay/";
    const bool known = target.substr(0, prefix.size()) == prefix;
    const unsigned delay =
        known ? std::min(leading_number<unsigned>(target.substr(prefix.size())), max_delay_ms) : 0;
    if (delay > 0) {
      asio::steady_timer timer{stream.get_executor(), std::chrono::milliseconds{delay}};
      co_await timer.async_wait(asio::use_awaitable);
    }

    http::response<http::string_body> response{known ? http::status::ok : http::status::not_found,
                                               request.version()};
    response.set(http::field::content_type, "application/json");
    response.keep_alive(keep_alive);
    response.body() = R"({"path":")" + std::string{target} + R"(","delayMs":)" + std::to_string(delay) + "}";
    response.prepare_payload();
    const auto [write_error, written] = co_await http::async_write(stream, response, no_throw);
    if (write_error) co_return;
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(no_throw);
    if (error) co_return;  // closed at the end
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto port = leading_number<std::uint16_t>(argc > 1 ? argv[1] : "0");
    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), port}};
    asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
    asio::co_spawn(io, accept_all(acceptor), asio::detached);
    std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    io.run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "upstream: " << error.what() << '\n';
    return 1;
  }
}
