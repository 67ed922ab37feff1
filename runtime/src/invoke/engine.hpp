#pragma once

#include "invoke/invocation.hpp"
#include "invoke/slot_machine.hpp"
#include "transport/descriptor_channel.hpp"
#include "transport/endpoint.hpp"
#include "wire/requests.hpp"

#include <chrono>
#include <functional>

namespace lmi::invoke {

/// What an engine is built from. Everything referred to outlives it.
struct EngineParts {
  const transport::Endpoint& endpoint;
  const wire::RequestWriter& writer;
  const Surroundings& surroundings;
  SlotPolicy policy;
  unsigned slots;
  InFlightTable& in_flight;  ///< Of at least that many slots.

  /// A supervisor, who is given each slot's connection (the tag is the slot) before the first request leaves
  /// on it, so that it can read what this process no longer can. Null: there is none.
  const transport::DescriptorSender* supervisor = nullptr;

  /// A slot cannot go on, and neither can the process. Called from the slot's thread, perhaps by several
  /// slots.
  std::function<void(StopReason)> on_failure;
};

/// After each connect(): to the supervisor, if there is one.
void show_to_supervisor(const EngineParts& parts, std::size_t slot, int descriptor, core::RequestLogger& log);

/// Holds the slots and the threads that serve them. One kind for blocking, one for coroutine handlers.
///
/// Threads: every member from one thread, in this order.
class Engine {
 public:
  using Clock = std::chrono::steady_clock;

  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// All slots begin to poll. Throws std::system_error when the threads cannot be had.
  virtual void start() = 0;

  /// Ends polls that wait. Handlers go on, and their answers are sent.
  virtual void stop_polling() = 0;

  /// Whether every slot has finished by then.
  virtual bool wait_finished(Clock::time_point until) = 0;

  /// Requests the stop token of every invocation under way.
  virtual void cancel_handlers() = 0;

  /// Ends the threads. Coroutines that still wait for something are destroyed; false when a handler holds on
  /// to a thread beyond `until`: then neither the engine nor anything the handler uses may be destroyed.
  virtual bool shut_down(Clock::time_point until) = 0;
};

}  // namespace lmi::invoke
