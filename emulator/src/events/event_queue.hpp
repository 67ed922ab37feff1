#pragma once

#include "events/accepted_event.hpp"
#include "events/attempt_window.hpp"
#include "events/deliveries.hpp"
#include "events/targets.hpp"
#include "events/verdict.hpp"
#include "loop/loop.hpp"
#include "store/store.hpp"

#include <compare>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lmi::emulator::events {

/// Asynchronous invocations: accepted means on the disk, then each event is run at least once, whatever kills
/// the emulator meanwhile.
///
/// An event's document stays until its last attempt ended and its records were handed over. It is rewritten
/// when an attempt counts, and in the same transaction in which it goes a destination function gets its own.
///
/// Threads:  loop thread only.
/// Lifetime: references must outlive it.
class EventQueue {
 public:
  struct Parts {
    Loop& loop;
    store::Store& store;
    Targets& targets;
    Outbox& outbox;
    Parameters parameters;
    std::function<WallTime()> wall_clock;
    std::function<std::string()> new_request_id;  ///< For the events of destination functions.
    Warn warn;
  };
  explicit EventQueue(Parts parts);

  enum class Acceptance {
    accepted,  ///< On the disk.
    full,      ///< Too much waits; nothing was written.
    failed,    ///< The store could not write; `why` says it.
  };
  /// `done` is called once, perhaps from inside when it is full.
  void accept(InvokeOrder order, std::function<void(Acceptance, const std::string& why)> done);

  /// After a start: an event of the last run, as it is in the store.
  void restore(AcceptedEvent event);

  /// No attempt begins any more, and failures no longer count: they may come from environments that were told
  /// to end. The next start goes on with what remains.
  void stop();

  /// Events for which something remains to be done.
  std::size_t waiting() const noexcept { return events_.size() + deliveries_.under_way(); }

 private:
  /// Events that compete for the same slots.
  struct LaneKey {
    std::string function;
    std::string qualifier;
    friend auto operator<=>(const LaneKey&, const LaneKey&) = default;
  };
  struct Lane {
    explicit Lane(const AttemptWindow::Limits& limits) : window{limits} {}
    std::deque<std::string> ready;  ///< Keys of events_.
    unsigned under_way = 0;
    AttemptWindow window;
    Loop::Timer pause;
    bool paused = false;
  };
  struct Entry {
    AcceptedEvent event;
    Loop::Timer retry;
  };

  Lane& lane_of(const AcceptedEvent& event);
  void add(AcceptedEvent event);
  void enqueue(const std::string& key);
  void pump(const LaneKey& lane);
  void attempted(const std::string& key, const Outcome& outcome);
  void settle_window(const LaneKey& key, const Outcome& outcome);
  void retry(Entry& entry);
  void finish(const std::string& key, const Outcome& outcome, const Rules& rules, Verdict verdict);
  AcceptedEvent event_for_function(const AcceptedEvent& origin, const Records& records) const;
  AcceptedEvent remove(const std::string& key);

  Parts parts_;
  Deliveries deliveries_;
  std::map<std::string, Entry> events_;
  std::map<LaneKey, Lane> lanes_;
  std::size_t waiting_bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace lmi::emulator::events
