#pragma once

#include "events/accepted_event.hpp"
#include "events/outbox.hpp"
#include "events/parameters.hpp"
#include "loop/loop.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace lmi::emulator::events {

/// Writes a line for people about something that went wrong: "event.name key=value …".
using Warn = std::function<void(const std::string& line)>;

/// Hands the records of finished events to their sinks: each is tried a few times, then given up with a line
/// in the log. The event's document goes when nothing remains.
///
/// Threads:  loop thread only.
/// Lifetime: references must outlive it.
class Deliveries {
 public:
  struct Parts {
    Loop& loop;
    store::Store& store;
    Outbox& outbox;
    const Parameters& parameters;
    Warn warn;
  };
  explicit Deliveries(Parts parts) : parts_{std::move(parts)} {}

  /// Takes over an event whose document with these deliveries is in the store.
  void begin(AcceptedEvent event);

  /// Nothing is tried any more; the next start goes on.
  void stop() noexcept { stopped_ = true; }

  std::size_t under_way() const noexcept { return under_way_.size(); }

 private:
  struct UnderWay {
    AcceptedEvent event;
    unsigned tries = 0;  ///< Of the first delivery.
    Loop::Timer again;
  };
  void attempt(const std::string& key);
  void attempted(const std::string& key, const std::string& failure);
  void next(const std::string& key);

  Parts parts_;
  std::map<std::string, UnderWay> under_way_;
  bool stopped_ = false;
};

}  // namespace lmi::emulator::events
