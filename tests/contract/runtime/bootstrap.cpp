// The function process-level tests start: `runtime_bootstrap blocking|coroutine [fail-init] [hook]`.

#include "handlers.hpp"

#include <cstdio>
#include <lmi/error.hpp>
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
    if (argument == "hook") options.on_shutdown = [] { std::puts("hook ran"); };
  }
  return lmi::test::serve(kind, lmi::test::obey, std::move(options));
}
