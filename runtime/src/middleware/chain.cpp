#include "middleware/chain.hpp"

#include "invoke/invocation.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lmi::middleware {
namespace {

constexpr std::size_t aligned(std::size_t size) {
  constexpr auto step = alignof(std::max_align_t);
  return (size + step - 1) / step * step;
}

}  // namespace

Chain::Chain(const std::vector<Middleware*>& middleware) {
  for (auto* each : middleware) {
    if (each == nullptr) throw std::invalid_argument{"RunOptions::middleware has a null pointer"};
    const auto same = [each](const Link& link) { return link.middleware == each; };
    if (std::any_of(links_.begin(), links_.end(), same))
      throw std::invalid_argument{"RunOptions::middleware has the same object twice"};
    links_.push_back({.middleware = each, .state = each->state_type(), .offset = state_size_});
    if (links_.back().state != nullptr) state_size_ += aligned(links_.back().state->size);
  }
}

Passage::Passage(const Chain& chain, const Context& context)
    : chain_{chain}, invocation_{detail::Invocation::of(context)} {
  if (chain.state_size() > ordinary_.size()) {
    large_ = std::make_unique<std::byte[]>(chain.state_size());
    states_ = large_.get();
  }
  invocation_.set_passage(this);
}

Passage::~Passage() {
  invocation_.set_passage(nullptr);
  while (made_ > 0) {
    const auto& link = chain_.links()[--made_];
    if (link.state != nullptr) link.state->destroy(states_ + link.offset);
  }
}

bool Passage::enter(const RawEvent& event, Context& context, detail::Outcome& outcome) noexcept {
  try {
    for (const auto& link : chain_.links()) {
      if (link.state != nullptr) link.state->create(states_ + link.offset);
      ++made_;
      auto decision = link.middleware->before(event, context);
      if (auto* answer = std::get_if<Payload>(&decision)) {
        outcome.answer = std::move(*answer);
        return false;
      }
      if (auto* error = std::get_if<Error>(&decision)) {
        outcome.error = std::move(*error);
        return false;
      }
      ++entered_;
    }
    return true;
  } catch (...) {
    invoke::describe_current_exception(outcome);
    return false;
  }
}

void Passage::leave(Context& context, detail::Outcome& outcome) noexcept {
  Completion completion{outcome};
  while (entered_ > 0) {
    try {
      chain_.links()[--entered_].middleware->after(context, completion);
    } catch (...) {
      invoke::describe_current_exception(outcome);
    }
  }
}

void* Passage::state(const Middleware& middleware) const noexcept {
  for (std::size_t i = 0; i < made_; ++i) {
    const auto& link = chain_.links()[i];
    if (link.middleware == &middleware) return link.state != nullptr ? states_ + link.offset : nullptr;
  }
  return nullptr;
}

detail::BlockingFunction around(detail::BlockingFunction handler,
                                const std::vector<Middleware*>& middleware) {
  if (middleware.empty()) return handler;
  return [handler = std::move(handler), chain = Chain{middleware}](detail::EventView event, Context& context,
                                                                   detail::Outcome& outcome) {
    pass(chain, event, context, outcome, [&] { handler(event, context, outcome); });
  };
}

}  // namespace lmi::middleware

namespace lmi {

void Middleware::after(Context& /*context*/, Completion& /*completion*/) {}

namespace detail {

void* middleware_state(const Context& context, const Middleware& middleware) {
  const auto* passage = Invocation::of(context).passage();
  auto* state = passage != nullptr ? passage->state(middleware) : nullptr;
  if (state == nullptr)
    throw std::logic_error{"this middleware is not in RunOptions::middleware, or has not been reached"};
  return state;
}

void write_line(const Context& context, std::string_view line) noexcept {
  Invocation::of(context).write_line(line);
}

}  // namespace detail
}  // namespace lmi
