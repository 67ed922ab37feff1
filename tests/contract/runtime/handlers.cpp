#include "handlers.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <lmi/async.hpp>
#include <lmi/error.hpp>
#include <lmi/log.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace lmi::test {
namespace {

/// Blocks until the invocation is told to stop.
void wait_for_stop(const Context& context) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock{mutex};
  stopped.wait(lock, context.stop_token(), [] { return false; });
}

}  // namespace

int serve(Kind kind, Behaviour behaviour, RunOptions options) {
  if (kind == Kind::blocking) return run(std::move(behaviour), std::move(options));
  return run([behaviour = std::move(behaviour)](
                 Payload event, Context context) -> Task<Payload> { co_return behaviour(event, context); },
             std::move(options));
}

int serve_timers(RunOptions options) {
  return run(
      [](std::string_view event) -> Task<std::string> {
        boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor,
                                        std::chrono::milliseconds{std::stol(std::string{event})}};
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return std::string{event};
      },
      std::move(options));
}

Payload obey(const Payload& event, Context& context) {
  const auto space = event.data.find(' ');
  const auto verb = event.data.substr(0, space);
  const auto argument = space == std::string::npos ? std::string{} : event.data.substr(space + 1);
  if (verb == "throw") throw std::runtime_error{"as told"};
  if (verb == "throw-error") throw Error{.type = "order_not_found", .message = "no order 7"};
  if (verb == "throw-int") throw 42;
  if (verb == "sleep" || verb == "until-stop") context.log().info("inside");
  if (verb == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds{std::stol(argument)});
  if (verb == "until-stop") wait_for_stop(context);
  if (verb == "log") context.log().info(argument);
  if (verb == "default-log") spdlog::info(argument);
  if (verb == "log-big") context.log().info(std::string(std::stoul(argument), 'x'));
  if (verb == "scratch") {
    std::ofstream{context.scratch() / "file"} << "x";
    return {.data = context.scratch().native(), .content_type = "text/plain"};
  }
  if (verb == "environment") {
    const char* value = std::getenv(argument.c_str());
    return {.data = value == nullptr ? "unset" : value, .content_type = "text/plain"};
  }
  return {.data = argument, .content_type = "text/plain"};
}

}  // namespace lmi::test
