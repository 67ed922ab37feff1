#include "running_function.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace lmi::test {

void RunningFunction::SetUp() {
  for (const auto* name : {"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_INITIALIZATION_TYPE",
                           "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "_X_AMZN_TRACE_ID"})
    ::unsetenv(name);
  ::setenv("AWS_LAMBDA_RUNTIME_API", api_.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_FUNCTION_NAME", "test", 1);
  ::setenv("AWS_LAMBDA_FUNCTION_VERSION", "7", 1);
  ::setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048", 1);
}

void RunningFunction::start(std::optional<unsigned> slots, Behaviour behaviour, RunOptions options) {
  start_serving(
      slots,
      [behaviour = std::move(behaviour)](RunOptions given) {
        return serve(GetParam(), behaviour, std::move(given));
      },
      std::move(options));
}

void RunningFunction::start_serving(std::optional<unsigned> slots, std::function<int(RunOptions)> serve,
                                    RunOptions options) {
  if (slots) ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", std::to_string(*slots).c_str(), 1);
  if (!options.workers) options.workers = 8;
  // A loaded machine must not turn a drain into an abandonment, which would end the test program.
  if (options.drain_timeout == RunOptions{}.drain_timeout) options.drain_timeout = std::chrono::seconds{20};
  thread_ = std::thread{[this, serve = std::move(serve), options = std::move(options)]() mutable {
    exit_code_ = serve(std::move(options));
  }};
}

int RunningFunction::join() {
  thread_.join();
  return exit_code_;
}

int RunningFunction::stop() {
  // run() has its signal handler by the time the first poll is seen.
  EXPECT_TRUE(api_.wait_for("/invocation/next"));
  ::kill(::getpid(), SIGTERM);
  return join();
}

void RunningFunction::TearDown() {
  if (!thread_.joinable()) return;
  EXPECT_EQ(stop(), 0);
}

std::string kind_name(const testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::blocking ? "Blocking" : "Coroutine";
}

}  // namespace lmi::test
