#include "invoke/blocking_engine.hpp"

#include "invoke/guard.hpp"
#include "invoke/thread_setup.hpp"
#include "lmi/detail/stream_port.hpp"

#include <exception>
#include <utility>

namespace lmi::invoke {

/// Threads: the slot's own, except stop_polling() and what Invocation and Connection allow.
struct BlockingEngine::Slot final : detail::StreamPort {
  Slot(BlockingEngine& owner, const EngineParts& parts, std::size_t slot_index)
      : engine{owner},
        index{slot_index},
        connection{parts.endpoint},
        invocation{parts.surroundings},
        machine{parts.policy, parts.writer, invocation.log(), parts.in_flight.entries()[slot_index]} {
    machine.outcome().port = this;
    if (parts.supervisor != nullptr) connection.end_for_duplicates();
  }

  void write(std::string_view piece, Written written) override { engine.write(*this, piece, written); }

  BlockingEngine& engine;
  const std::size_t index;

  transport::Connection connection;
  detail::Invocation invocation;
  SlotMachine machine;
  Clock::time_point handler_started;
  std::thread thread;

  std::mutex mutex;
  std::condition_variable stop_requested;
  bool stopping = false;  ///< Guarded by mutex.
  bool polling = false;   ///< Guarded by mutex: a stop may interrupt the connection now.

  void stop_polling() {
    const std::lock_guard lock{mutex};
    stopping = true;
    if (polling) connection.interrupt();
    stop_requested.notify_one();
  }

  /// Tells stop_polling() whether it may interrupt. Costs a lock only when the machine went from polling to
  /// answering or back.
  void follow_machine() {
    if (machine.polling() == was_polling) return;
    was_polling = machine.polling();
    const std::lock_guard lock{mutex};
    polling = was_polling;
    if (!stopping) return;
    machine.stop();
    if (polling) {
      connection.interrupt();
    } else {
      // The event was already on its way when the poll was interrupted: its answer needs a connection that
      // works.
      connection.resume();
      machine.connection_spent();
    }
  }

  void tell_machine_of_stop() {
    const std::lock_guard lock{mutex};
    if (stopping) machine.stop();
  }

  Action wait(std::chrono::milliseconds delay) {
    {
      std::unique_lock lock{mutex};
      stop_requested.wait_for(lock, delay, [this] { return stopping; });
      if (stopping) machine.stop();
    }
    return machine.waited();
  }

 private:
  bool was_polling = false;
};

BlockingEngine::BlockingEngine(const EngineParts& parts, detail::BlockingFunction handler)
    : parts_{parts}, handler_{std::move(handler)} {
  slots_.reserve(parts.slots);
  for (unsigned i = 0; i < parts.slots; ++i) slots_.push_back(std::make_unique<Slot>(*this, parts_, i));
}

BlockingEngine::~BlockingEngine() {
  stop_polling();
  for (const auto& slot : slots_)
    if (slot->thread.joinable()) slot->thread.join();
}

void BlockingEngine::start() {
  for (const auto& slot : slots_) {
    {
      const std::lock_guard lock{mutex_};
      ++unfinished_;
    }
    slot->thread = std::thread{[this, &slot = *slot] { serve(slot); }};
  }
}

void BlockingEngine::stop_polling() {
  for (const auto& slot : slots_) slot->stop_polling();
}

bool BlockingEngine::wait_finished(Clock::time_point until) {
  std::unique_lock lock{mutex_};
  return slot_finished_.wait_until(lock, until, [this] { return unfinished_ == 0; });
}

void BlockingEngine::cancel_handlers() {
  for (const auto& slot : slots_) slot->invocation.request_stop();
}

bool BlockingEngine::shut_down(Clock::time_point until) {
  if (!wait_finished(until)) return false;
  for (const auto& slot : slots_)
    if (slot->thread.joinable()) slot->thread.join();
  return true;
}

void BlockingEngine::serve(Slot& slot) {
  const SignalStack signal_stack;
  const ThreadSlot thread_slot{slot.index};
  // It polls again between two handlers, on a machine that others' handlers keep busy.
  ask_for_short_turns(handler_turn);
  auto reason = StopReason::internal_error;
  try {
    auto action = slot.machine.start();
    while (action.step != Step::stop) {
      slot.follow_machine();
      action = perform(slot, action);
    }
    reason = slot.machine.stop_reason();
  } catch (const std::exception& failure) {
    slot.invocation.log().critical("runtime.slot_failed reason=\"{}\"", failure.what());
  }
  finished(reason);
}

void BlockingEngine::finished(StopReason reason) {
  if (reason != StopReason::shutdown) parts_.on_failure(reason);
  const std::lock_guard lock{mutex_};
  --unfinished_;
  slot_finished_.notify_all();
}

Action BlockingEngine::perform(Slot& slot, Action action) {
  auto& machine = slot.machine;
  switch (action.step) {
    case Step::connect: {
      const auto failure = slot.connection.connect();
      if (failure) {
        slot.tell_machine_of_stop();
        return machine.connect_failed(failure);
      }
      show_to_supervisor(parts_, slot.index, slot.connection.descriptor(), slot.invocation.log());
      return machine.connected();
    }
    case Step::send: {
      const auto until = machine.streaming() ? slot.invocation.deadline() : Clock::time_point::max();
      const auto failure = slot.connection.send(
          {.head = machine.request_head(), .body = machine.request_body(), .tail = machine.request_tail()},
          until);
      return failure ? machine.send_failed(failure) : machine.sent();
    }
    case Step::receive: {
      std::error_code failure;
      const auto bytes = slot.connection.receive(machine.receive_space(), failure);
      if (bytes > 0) return machine.received(bytes);
      slot.tell_machine_of_stop();
      return machine.closed(failure);
    }
    case Step::dispatch: return run_handler(slot);
    case Step::wait: return slot.wait(action.delay);
    case Step::written:
    case Step::stop: break;
  }
  return action;
}

void BlockingEngine::write(Slot& slot, std::string_view piece, const detail::StreamPort::Written& written) {
  if (!slot.machine.streaming()) forget_stale_connection(slot);
  auto action = slot.machine.write(piece);
  while (action.step != Step::written) action = perform(slot, action);
  written(slot.machine.stream_failure());
}

/// An answer sent into a connection the server has meanwhile closed would be lost without a trace.
void BlockingEngine::forget_stale_connection(Slot& slot) {
  constexpr std::chrono::seconds long_enough_to_look{1};
  if (Clock::now() - slot.handler_started > long_enough_to_look && slot.connection.is_stale())
    slot.machine.connection_spent();
}

Action BlockingEngine::run_handler(Slot& slot) {
  slot.handler_started = Clock::now();
  {
    slot.invocation.begin(slot.machine.event());
    auto context = slot.invocation.context();
    const core::ThreadIdentity identity{slot.invocation.log().identity()};
    try {
      const auto& event = slot.machine.event();
      handler_({.data = event.body, .content_type = event.content_type}, context, slot.machine.outcome());
    } catch (...) {
      describe_current_exception(slot.machine.outcome());
    }
    slot.invocation.finish();
  }
  if (!slot.machine.streaming()) forget_stale_connection(slot);
  return slot.machine.answered();
}

}  // namespace lmi::invoke
