#include "running_extension.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace lmi::test {

ApiReply shutdown_event(std::chrono::milliseconds from_now, const std::string& reason) {
  const auto deadline = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch() + from_now);
  return {.status = 200,
          .body = R"({"eventType":"SHUTDOWN","deadlineMs":)" + std::to_string(deadline.count()) +
                  R"(,"shutdownReason":")" + reason + "\"}"};
}

void RunningExtension::SetUp() {
  for (const auto* name : {"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"})
    ::unsetenv(name);
  ::setenv("AWS_LAMBDA_RUNTIME_API", api_.address().c_str(), 1);
  ::setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances", 1);
  api_.on_register(
      {.status = 200,
       .headers = {{"Lambda-Extension-Identifier", "7a3f0a2e-0000-4000-8000-000000000002"}},
       .body = R"({"accountId":"123456789012","functionName":"f","functionVersion":"7","handler":"h"})"});
}

void RunningExtension::standard_lambda() {
  ::setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand", 1);
}

void RunningExtension::start(Extension extension, ExtensionOptions options) {
  thread_ = std::thread{[this, extension = std::move(extension), options = std::move(options)]() mutable {
    exit_code_ = run_extension(std::move(extension), std::move(options));
  }};
}

int RunningExtension::join() {
  thread_.join();
  return exit_code_;
}

int RunningExtension::stop() {
  EXPECT_TRUE(api_.wait_for(event_path));
  ::kill(::getpid(), SIGTERM);
  return join();
}

void RunningExtension::TearDown() {
  if (thread_.joinable()) {
    EXPECT_EQ(stop(), 0);
  }
}

}  // namespace lmi::test
