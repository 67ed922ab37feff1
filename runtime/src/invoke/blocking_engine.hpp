#pragma once

#include "invoke/engine.hpp"
#include "transport/connection.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace lmi::invoke {

/// One thread a slot: it polls, runs the handler and answers, so an invocation costs no hand-off between
/// threads and four system calls.
class BlockingEngine final : public Engine {
 public:
  BlockingEngine(const EngineParts& parts, detail::BlockingFunction handler);
  ~BlockingEngine() override;

  void start() override;
  void stop_polling() override;
  bool wait_finished(Clock::time_point until) override;
  void cancel_handlers() override;
  bool shut_down(Clock::time_point until) override;

 private:
  struct Slot;

  void serve(Slot& slot);
  Action perform(Slot& slot, Action action);
  Action run_handler(Slot& slot);
  void write(Slot& slot, std::string_view piece, const detail::StreamPort::Written& written);
  static void forget_stale_connection(Slot& slot);
  void finished(StopReason reason);

  const EngineParts parts_;
  const detail::BlockingFunction handler_;
  std::vector<std::unique_ptr<Slot>> slots_;

  std::mutex mutex_;
  std::condition_variable slot_finished_;
  std::size_t unfinished_ = 0;
};

}  // namespace lmi::invoke
