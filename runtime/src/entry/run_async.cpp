#include "core/vcpus.hpp"
#include "entry/session.hpp"
#include "invoke/async_engine.hpp"
#include "invoke/coroutine_workers.hpp"
#include "lmi/async.hpp"
#include "middleware/around_coroutine.hpp"

#include <algorithm>

namespace lmi::detail {

int run_async(AsyncFunction handler, RunOptions options) {
  return entry::serve(options, [&handler](const invoke::EngineParts& parts, const RunOptions& given) {
    const auto workers = std::max(given.workers.value_or(core::usable_vcpus()), 1U);
    auto wrapped = middleware::around(std::move(handler), given.middleware);
    return std::make_unique<invoke::AsyncEngine>(parts, [&](std::function<void(std::size_t)> done) {
      return invoke::make_coroutine_workers(std::move(wrapped), workers, parts.slots, std::move(done));
    });
  });
}

}  // namespace lmi::detail
