#include "handlers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <lmi/async.hpp>
#include <lmi/error.hpp>
#include <lmi/log.hpp>
#include <lmi/stream.hpp>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lmi::test {
namespace {

/// Blocks until the invocation is told to stop.
void wait_for_stop(const Context& context) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock{mutex};
  stopped.wait(lock, context.stop_token(), [] { return false; });
}

/// Uses up the stack. Not a loop in disguise: each level needs its own array after the call.
int dig_deeper(int depth) {
  volatile char room[4096];
  room[depth % 4096] = static_cast<char>(depth);
  return depth == std::numeric_limits<int>::max() ? 0 : dig_deeper(depth + 1) + room[depth % 4096];
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

namespace {

class Meeting {
 public:
  using Timer = boost::asio::steady_timer;

  explicit Meeting(std::size_t participants) : missing_{participants} {}

  /// Whoever comes last lets the others go, each on its own executor: they wait by then.
  void join(const std::shared_ptr<Timer>& timer) {
    const std::lock_guard lock{mutex_};
    timers_.push_back(timer);
    if (--missing_ > 0) return;
    for (const auto& waiting : timers_) {
      boost::asio::post(waiting->get_executor(), [waiting] { waiting->cancel(); });
    }
    timers_.clear();
  }

 private:
  std::mutex mutex_;
  std::size_t missing_;
  std::vector<std::shared_ptr<Timer>> timers_;
};

}  // namespace

int serve_meeting(std::size_t participants, RunOptions options) {
  Meeting meeting{participants};
  return run(
      [&meeting](std::string_view event) -> Task<std::string> {
        const auto timer = std::make_shared<Meeting::Timer>(co_await boost::asio::this_coro::executor,
                                                            Meeting::Timer::time_point::max());
        meeting.join(timer);
        boost::system::error_code cancelled;
        co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        co_return std::string{event};
      },
      std::move(options));
}

namespace {

struct Step {
  std::string verb;
  std::string argument;
};

std::vector<Step> steps(const std::string& event) {
  std::vector<Step> all;
  std::istringstream lines{event};
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    all.push_back({line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)});
  }
  return all;
}

HttpPrelude prelude(const std::string& status) {
  return {.status = std::stoi(status), .headers = {{"X-A", "1"}, {"x-a", "2"}}, .cookies = {"c=1; Secure"}};
}

/// What needs no stream.
void plain(const Step& step, std::latch& gate) {
  if (step.verb == "gate") gate.wait();
  if (step.verb == "throw") throw Error{.type = "broke_off", .message = "as told"};
}

constexpr std::size_t piece_size = 100'000;

}  // namespace

int serve_stream(Kind kind, std::latch& gate, std::atomic<std::size_t>& written, RunOptions options) {
  const auto blocking = [&](const std::string& event, Context&, ResponseStream& stream) {
    for (const auto& step : steps(event)) {
      plain(step, gate);
      if (step.verb == "type") stream.content_type(step.argument);
      if (step.verb == "http") stream.begin_http(prelude(step.argument));
      if (step.verb == "write") stream.write(step.argument);
      if (step.verb != "big") continue;
      const std::string piece(piece_size, 'b');
      for (auto left = std::stoul(step.argument); left > 0; left -= piece_size, written += piece_size)
        stream.write(piece);
    }
  };
  const auto coroutine = [&](std::string event, Context, AsyncResponseStream stream) -> Task<> {
    for (const auto& step : steps(event)) {
      plain(step, gate);
      if (step.verb == "type") stream.content_type(step.argument);
      if (step.verb == "http") {
        const auto named = prelude(step.argument);
        co_await stream.begin_http(named);
      }
      if (step.verb == "write") co_await stream.write(step.argument);
      if (step.verb != "big") continue;
      const std::string piece(piece_size, 'b');
      for (auto left = std::stoul(step.argument); left > 0; left -= piece_size, written += piece_size)
        co_await stream.write(piece);
    }
  };
  return kind == Kind::blocking ? run(blocking, std::move(options)) : run(coroutine, std::move(options));
}

Payload obey(const Payload& event, Context& context) {
  const auto space = event.data.find(' ');
  const auto verb = event.data.substr(0, space);
  const auto argument = space == std::string::npos ? std::string{} : event.data.substr(space + 1);
  if (verb == "throw") throw std::runtime_error{"as told"};
  if (verb == "throw-error") throw Error{.type = "order_not_found", .message = "no order 7"};
  if (verb == "throw-int") throw 42;
  if (verb == "sleep" || verb == "until-stop" || verb == "gate") context.log().info("inside");
  if (verb == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds{std::stol(argument)});
  if (verb == "until-stop") wait_for_stop(context);
  if (verb == "gate") std::ifstream{argument}.get();
  if (verb == "segfault") *static_cast<volatile int*>(nullptr) = 1;
  if (verb == "abort") std::abort();
  if (verb == "overflow") return {.data = std::to_string(dig_deeper(1)), .content_type = {}};
  if (verb == "exit") std::_Exit(std::stoi(argument));
  if (verb == "kill") ::kill(::getpid(), SIGKILL);
  if (verb == "process") return {.data = std::to_string(::getpid()), .content_type = "text/plain"};
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
