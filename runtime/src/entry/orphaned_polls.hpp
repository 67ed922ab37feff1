#pragma once

#include "wire/reply.hpp"

#include <poll.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::entry {

/// The connections a dead worker process polled on. The platform may have written an event that the process
/// did not live to read, or may be writing one that very moment: so they are ended in one direction only,
/// which tells the platform, and read until it has closed them too.
///
/// Threads: one owner.
class OrphanedPolls {
 public:
  using Clock = std::chrono::steady_clock;

  /// A platform that does not close is believed to have nothing more to say when it is `until`.
  explicit OrphanedPolls(Clock::time_point until) : until_{until} {}
  ~OrphanedPolls();
  OrphanedPolls(OrphanedPolls&&) = default;
  OrphanedPolls& operator=(OrphanedPolls&&) = delete;

  /// `descriptor`, from now on owned, or -1 when it was never known; `arrived` is what the process had read.
  void add(int descriptor, std::string_view arrived);

  struct Event {
    std::string request_id;
    std::string invocation_id;
  };
  /// The events that have turned up by now. Waits for nothing.
  [[nodiscard]] std::vector<Event> read();

  /// Nothing more will turn up.
  [[nodiscard]] bool done() const noexcept { return polls_.empty() || Clock::now() >= until_; }
  [[nodiscard]] Clock::time_point until() const noexcept { return until_; }

  /// What to wait on until the next read().
  void append_to(std::vector<pollfd>& watched) const;

  /// In a process that was forked meanwhile: closes its copies, and nothing else.
  void leave_to_parent() noexcept;

 private:
  struct Poll {
    int descriptor;
    std::unique_ptr<wire::ReplyParser> parser;
  };
  static bool receive(Poll& poll);

  Clock::time_point until_;
  std::vector<Poll> polls_;
};

}  // namespace lmi::entry
