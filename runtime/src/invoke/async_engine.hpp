#pragma once

#include "invoke/engine.hpp"
#include "invoke/handler_runner.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace lmi::invoke {

/// One I/O thread owns the sockets of all slots and runs no handler: whatever handlers do, every other slot's
/// poll, event and answer goes on. Handlers run on a HandlerRunner's threads, which hand their outcome back
/// here.
class AsyncEngine final : public Engine {
 public:
  AsyncEngine(const EngineParts& parts, const MakeRunner& make_runner);
  ~AsyncEngine() override;

  void start() override;
  void stop_polling() override;
  bool wait_finished(Clock::time_point until) override;
  void cancel_handlers() override;
  bool shut_down(Clock::time_point until) override;

 private:
  struct Slot;
  using Timers = std::multimap<Clock::time_point, Slot*>;

  // On the I/O thread:
  void serve();
  void serve_until_finished();
  int milliseconds_to_next_timer() const;
  void take_messages();
  void fire_timers();
  void begin_stopping(Slot& slot);
  void ready(Slot& slot, unsigned events);
  void advance(Slot& slot, std::optional<Action> action);
  std::optional<Action> perform(Slot& slot, Action action);
  std::optional<Action> connect(Slot& slot);
  std::optional<Action> finish_connect(Slot& slot);
  std::optional<Action> send(Slot& slot);
  std::optional<Action> receive(Slot& slot);
  std::optional<Action> dispatch(Slot& slot);
  void piece_written(Slot& slot);
  void watch(Slot& slot, unsigned events);
  void unwatch(Slot& slot);
  void set_timer(Slot& slot, Clock::time_point when);
  void clear_timer(Slot& slot);
  void close(Slot& slot);
  void finished(StopReason reason);

  // On any thread:
  void handler_done(std::size_t slot);
  void stream_piece(Slot& slot);
  void wake() noexcept;

  const EngineParts parts_;
  std::vector<std::unique_ptr<Slot>> slots_;
  int poller_;      ///< epoll
  int wake_event_;  ///< eventfd, never read: there are messages
  Timers timers_;

  std::mutex mutex_;  ///< Guards the messages and the count.
  std::condition_variable slot_finished_;
  std::vector<std::size_t> done_;  ///< Slots whose handlers have ended.
  std::vector<Slot*> pieces_;      ///< Slots that have a piece of a stream to send.
  bool stop_ = false;
  bool abandon_ = false;  ///< End the I/O thread although handlers have not ended.
  std::size_t unfinished_ = 0;

  std::vector<std::size_t> done_now_;  ///< The I/O thread's own, kept for its memory.
  std::vector<Slot*> pieces_now_;      ///< Likewise.
  bool stopping_ = false;              ///< What the I/O thread has seen of stop_.

  std::thread io_thread_;
  std::unique_ptr<HandlerRunner> runner_;  ///< Last: coroutines it destroys still refer to the slots.
};

}  // namespace lmi::invoke
