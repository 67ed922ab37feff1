#include "middleware/around_coroutine.hpp"

#include "middleware/chain.hpp"

#include <utility>

namespace lmi::middleware {
namespace {

Task<void> pass_coroutine(const Chain& chain, const detail::AsyncFunction& handler, detail::EventView event,
                          Context context, detail::Outcome& outcome) {
  Passage passage{chain, context};
  if (passage.enter(event, context, outcome)) {
    try {
      co_await handler(event, context, outcome);
    } catch (...) {
      invoke::describe_current_exception(outcome);
    }
  }
  passage.leave(context, outcome);
}

}  // namespace

detail::AsyncFunction around(detail::AsyncFunction handler, const std::vector<Middleware*>& middleware) {
  if (middleware.empty()) return handler;
  return [handler = std::move(handler), chain = Chain{middleware}](detail::EventView event, Context context,
                                                                   detail::Outcome& outcome) {
    return pass_coroutine(chain, handler, event, context, outcome);
  };
}

}  // namespace lmi::middleware
