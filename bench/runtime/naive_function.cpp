// The worker models that decision 0002 did not take, just far enough to be measured beside the one it took:
// slots and coroutine handlers share Asio's threads.
//
//   naive_function shared       one io_context on V threads
//   naive_function per-worker   V io_contexts with one thread each; slot i stays on number i mod V

#include "mixed_work.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return value == nullptr ? "" : value;
}

std::string_view header(std::string_view head, std::string_view name) {
  const auto at = head.find(name);
  if (at == std::string_view::npos) return {};
  const auto begin = at + name.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

struct Message {
  std::string head;
  std::string body;
};

asio::awaitable<Message> read_message(tcp::socket& socket, std::string& buffer) {
  const auto size =
      co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", asio::use_awaitable);
  Message message;
  message.head = buffer.substr(0, size);
  const auto length = std::stoul(std::string{header(message.head, "Content-Length: ")});
  if (buffer.size() < size + length) {
    const auto missing = size + length - buffer.size();
    co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(missing),
                              asio::use_awaitable);
  }
  message.body = buffer.substr(size, length);
  buffer.erase(0, size + length);
  co_return message;
}

/// Whatever goes wrong ends the process by the exception: the bench sees its polls go.
asio::awaitable<void> serve(tcp::socket socket) {
  const std::string host = "Host: " + variable("AWS_LAMBDA_RUNTIME_API") + "\r\n";
  std::string buffer;
  std::string request;
  for (;;) {
    request = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n" + host + "\r\n";
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    const auto event = co_await read_message(socket, buffer);
    const auto answer = lmi::bench::mixed_work(event.body);
    request = "POST /2018-06-01/runtime/invocation/";
    request += header(event.head, "Lambda-Runtime-Aws-Request-Id: ");
    request += "/response HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(answer.size()) +
               "\r\n\r\n" + answer;
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    co_await read_message(socket, buffer);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view model = argc > 1 ? argv[1] : "";
  if (model != "shared" && model != "per-worker") {
    std::fputs("usage: naive_function shared|per-worker\n", stderr);
    return 2;
  }
  const auto workers = std::max(1U, std::thread::hardware_concurrency());
  const auto slots = std::stoul(variable("AWS_LAMBDA_MAX_CONCURRENCY"));
  const auto api = variable("AWS_LAMBDA_RUNTIME_API");
  const auto colon = api.find(':');
  const tcp::endpoint endpoint{asio::ip::make_address(api.substr(0, colon)),
                               static_cast<unsigned short>(std::stoul(api.substr(colon + 1)))};

  std::vector<std::unique_ptr<asio::io_context>> contexts;
  for (unsigned i = 0; i < (model == "shared" ? 1 : workers); ++i)
    contexts.push_back(std::make_unique<asio::io_context>());
  for (std::size_t slot = 0; slot < slots; ++slot) {
    tcp::socket socket{*contexts[slot % contexts.size()]};
    socket.connect(endpoint);
    socket.set_option(tcp::no_delay{true});
    asio::co_spawn(*contexts[slot % contexts.size()], serve(std::move(socket)), asio::detached);
  }
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers; ++i)
    threads.emplace_back([&context = *contexts[i % contexts.size()]] { context.run(); });
  for (auto& thread : threads) thread.join();
}
