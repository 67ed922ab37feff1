#include "invoke/coroutine_workers.hpp"
#include "lmi/testing_async.hpp"
#include "middleware/around_coroutine.hpp"
#include "testing/prover.hpp"

#include <condition_variable>
#include <mutex>

namespace lmi::testing::detail {
namespace {

Task<void> seated(const lmi::detail::AsyncFunction& handler, Meeting& meeting, lmi::detail::EventView event,
                  Context context, lmi::detail::Outcome& outcome) {
  const Seat seat{meeting};
  co_await handler(event, context, outcome);
}

}  // namespace

OverlapReport prove_async(lmi::detail::AsyncFunction handler, const std::vector<std::string>& events,
                          const OverlapOptions& options) {
  Meeting meeting{options.patience};
  const auto wrapped = middleware::around(std::move(handler), options.middleware);
  const auto in_seat = [&](lmi::detail::EventView event, Context context, lmi::detail::Outcome& outcome) {
    return seated(wrapped, meeting, event, context, outcome);
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  const auto workers =
      invoke::make_coroutine_workers(in_seat, options.ways, options.ways, [&](std::size_t /*slot*/) {
        const std::lock_guard lock{mutex};
        --under_way;
        changed.notify_all();
      });
  workers->start();
  const auto run = [&](std::span<const invoke::Assignment> assignments) {
    std::unique_lock lock{mutex};
    under_way = assignments.size();
    for (const auto& assignment : assignments) workers->run(assignment);
    workers->hand_over();
    changed.wait(lock, [&] { return under_way == 0; });
  };
  return prove(run, meeting, events, options);
}

}  // namespace lmi::testing::detail
