// The functions that runtime_bench drives; the first argument says which.
#include "lmi/async.hpp"
#include "lmi/lmi.hpp"
#include "mixed_work.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <barrier>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace asio = boost::asio;

namespace {

std::chrono::milliseconds requested_sleep(std::string_view event) {
  int milliseconds = 0;
  std::from_chars(event.data(), event.data() + event.size(), milliseconds);
  return std::chrono::milliseconds{milliseconds};
}

lmi::Task<std::string> sleep_coroutine(std::string event, lmi::Context) {
  asio::steady_timer timer{co_await asio::this_coro::executor, requested_sleep(event)};
  co_await timer.async_wait(asio::use_awaitable);
  co_return "{}";
}

/// Resumes when `parties` coroutines are inside at the same moment.
lmi::Task<std::string> barrier_coroutine(std::atomic<int>& inside, int parties) {
  ++inside;
  asio::steady_timer timer{co_await asio::this_coro::executor};
  while (inside < parties) {
    timer.expires_after(std::chrono::milliseconds{1});
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return "{}";
}

/// "wait" stays inside until "open" comes; "count" says how many are inside.
lmi::Task<std::string> gate_coroutine(std::string event, std::atomic<int>& inside, std::atomic<bool>& open) {
  if (event == "open") open = true;
  if (event == "count") co_return std::to_string(inside.load());
  if (event != "wait") co_return "{}";
  ++inside;
  asio::steady_timer timer{co_await asio::this_coro::executor};
  while (!open) {
    timer.expires_after(std::chrono::milliseconds{100});
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return "{}";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  const int parties = argc > 2 ? std::atoi(argv[2]) : 1;  // NOLINT(cert-err34-c): our own bench passes it

  if (kind == "empty") return lmi::run([](std::string_view) -> std::string { return "{}"; });
  if (kind == "empty-coroutine") {
    return lmi::run([](std::string, lmi::Context) -> lmi::Task<std::string> { co_return "{}"; });
  }
  if (kind == "mixed") return lmi::run([](std::string_view event) { return lmi::bench::mixed_work(event); });
  if (kind == "mixed-coroutine") {
    return lmi::run([](std::string event, lmi::Context) -> lmi::Task<std::string> {
      co_return lmi::bench::mixed_work(event);
    });
  }
  if (kind == "sleep") {
    return lmi::run([](std::string_view event) -> std::string {
      std::this_thread::sleep_for(requested_sleep(event));
      return "{}";
    });
  }
  if (kind == "sleep-coroutine") return lmi::run(sleep_coroutine);
  if (kind == "gate-coroutine") {
    std::atomic<int> inside{0};
    std::atomic<bool> open{false};
    return lmi::run([&](std::string event, lmi::Context) { return gate_coroutine(event, inside, open); });
  }
  if (kind == "barrier") {
    std::barrier all_inside{parties};
    return lmi::run([&all_inside](std::string_view) -> std::string {
      all_inside.arrive_and_wait();
      return "{}";
    });
  }
  if (kind == "barrier-coroutine") {
    std::atomic<int> inside{0};
    return lmi::run(
        [&inside, parties](std::string, lmi::Context) { return barrier_coroutine(inside, parties); });
  }
  std::fputs(
      "usage: bench_function "
      "empty|empty-coroutine|mixed|mixed-coroutine|sleep|sleep-coroutine|gate-coroutine|"
      "barrier N|barrier-coroutine N\n",
      stderr);
  return 2;
}
