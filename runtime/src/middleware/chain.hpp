#pragma once

#include "invoke/guard.hpp"
#include "lmi/middleware.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace lmi::middleware {

/// The middleware of a process in its order, and where each one's state lies. Does not change once made.
class Chain {
 public:
  struct Link {
    Middleware* middleware;
    const detail::StateType* state;  ///< Null: none.
    std::size_t offset;              ///< Of its state in an invocation's block.
  };

  /// Does not own them. Throws std::invalid_argument for a null pointer, and for one that comes twice: which
  /// of its two states would it mean?
  explicit Chain(const std::vector<Middleware*>& middleware);

  [[nodiscard]] const std::vector<Link>& links() const noexcept { return links_; }
  [[nodiscard]] std::size_t state_size() const noexcept { return state_size_; }

 private:
  std::vector<Link> links_;
  std::size_t state_size_ = 0;
};

/// One invocation on its way through a chain: enter(), then, when that says so, the handler, then leave().
/// Threads: those of the invocation, one after the other; state() from any.
class Passage {
 public:
  /// Both must outlive it.
  Passage(const Chain& chain, const Context& context);
  ~Passage();
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  /// False: the outcome is decided and the handler must not run.
  bool enter(const RawEvent& event, Context& context, detail::Outcome& outcome) noexcept;
  void leave(Context& context, detail::Outcome& outcome) noexcept;

  /// Null when this middleware is not in the chain, keeps nothing or has not been reached.
  [[nodiscard]] void* state(const Middleware& middleware) const noexcept;

 private:
  static constexpr std::size_t ordinary_size = 512;  ///< Metrics and tracing together fit.

  const Chain& chain_;
  detail::Invocation& invocation_;
  std::size_t made_ = 0;     ///< Links whose state exists.
  std::size_t entered_ = 0;  ///< Links that have let it go on.
  std::unique_ptr<std::byte[]> large_;
  alignas(std::max_align_t) std::array<std::byte, ordinary_size> ordinary_;
  std::byte* states_ = ordinary_.data();
};

/// One invocation around `handler()`. What that throws ends up in `outcome`.
template <class Handler>
void pass(const Chain& chain, const RawEvent& event, Context& context, detail::Outcome& outcome,
          const Handler& handler) {
  Passage passage{chain, context};
  if (passage.enter(event, context, outcome)) {
    try {
      handler();
    } catch (...) {
      invoke::describe_current_exception(outcome);
    }
  }
  passage.leave(context, outcome);
}

/// `handler` with `middleware` around it; `handler` itself when there is none. Throws as Chain does.
detail::BlockingFunction around(detail::BlockingFunction handler, const std::vector<Middleware*>& middleware);

}  // namespace lmi::middleware
