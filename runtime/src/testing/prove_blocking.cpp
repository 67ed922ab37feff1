#include "invoke/guard.hpp"
#include "middleware/chain.hpp"
#include "testing/prover.hpp"

#include <thread>

namespace lmi::testing::detail {

OverlapReport prove_blocking(lmi::detail::BlockingFunction handler, const std::vector<std::string>& events,
                             const OverlapOptions& options) {
  Meeting meeting{options.patience};
  const auto wrapped = middleware::around(std::move(handler), options.middleware);

  const auto run_one = [&](const invoke::Assignment& assignment) {
    auto context = assignment.invocation.context();
    try {
      const Seat seat{meeting};
      wrapped(assignment.event, context, assignment.outcome);
    } catch (...) {
      invoke::describe_current_exception(assignment.outcome);
    }
    assignment.invocation.finish();
  };
  const auto run = [&](std::span<const invoke::Assignment> assignments) {
    std::vector<std::jthread> threads;
    for (const auto& assignment : assignments) threads.emplace_back([&] { run_one(assignment); });
  };
  return prove(run, meeting, events, options);
}

}  // namespace lmi::testing::detail
