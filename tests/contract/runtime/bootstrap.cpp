// The function process-level tests start: `runtime_bootstrap blocking|coroutine
// [processes] [few-descriptors] [fail-init] [failing-step] [stuck-init] [hook] [long-drain]`.

#include "handlers.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <future>
#include <lmi/error.hpp>
#include <stdexcept>
#include <string_view>

int main(int count, char** arguments) {
  auto kind = lmi::test::Kind::blocking;
  lmi::RunOptions options;
  options.workers = 8;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument{arguments[i]};
    if (argument == "coroutine") kind = lmi::test::Kind::coroutine;
    if (argument == "fail-init")
      options.init = [] { throw lmi::Error{.type = "NoDatabase", .message = "cannot reach the database"}; };
    if (argument == "processes") {
      options.isolation = lmi::Isolation::processes;
      options.processes = 2;
    }
    if (argument == "few-descriptors") {
      constexpr rlimit sixty{.rlim_cur = 60, .rlim_max = 60};
      ::setrlimit(RLIMIT_NOFILE, &sixty);
    }
    if (argument == "stuck-init") {
      options.init_timeout = std::chrono::milliseconds{200};
      options.init_steps = {
          {"configuration", [] {}},
          {"database pool", [] { std::promise<void>{}.get_future().wait_for(std::chrono::hours{1}); }}};
    }
    if (argument == "failing-step")
      options.init_steps = {{"cache", [] { throw std::runtime_error{"no route"}; }}};
    if (argument == "long-drain") options.drain_timeout = std::chrono::minutes{10};
    if (argument == "hook") options.on_shutdown = [] { std::puts("hook ran"); };
  }
  return lmi::test::serve(kind, lmi::test::obey, std::move(options));
}
