#pragma once

#include "core/logging.hpp"
#include "core/settings.hpp"
#include "invoke/deadline_watch.hpp"
#include "invoke/overruns.hpp"
#include "invoke/scratch.hpp"
#include "lmi/context.hpp"
#include "wire/reply.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace lmi::invoke {

/// What all invocations of a process share. Outlives every slot.
struct Surroundings {
  const core::Settings& settings;
  std::shared_ptr<core::LogWriter> log_writer;
  ScratchRoot& scratch;
  DeadlineWatch& deadlines;
  Overruns& overruns;
};

/// The steady-clock moment of a Lambda-Runtime-Deadline-Ms, which counts from 1970 on the wall clock.
/// Saturates instead of overflowing; time_point::max() for no deadline. Pure.
std::chrono::steady_clock::time_point to_deadline(std::optional<std::int64_t> deadline_ms,
                                                  std::chrono::system_clock::time_point wall_now,
                                                  std::chrono::steady_clock::time_point steady_now) noexcept;

}  // namespace lmi::invoke

namespace lmi::middleware {
class Passage;
}

namespace lmi::detail {

/// What stands behind a Context. A slot owns one and uses it for one invocation after the other.
///
/// Threads: begin() and finish() on whichever thread runs the slot's handler, everything else on any.
class Invocation final : private invoke::DeadlineWatch::Target {
 public:
  explicit Invocation(const invoke::Surroundings& surroundings);
  ~Invocation() override;
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;

  /// `event` must stay as it is until finish().
  void begin(const wire::Reply& event);

  /// What to do, besides requesting the stop token, to end a handler that waits. Set before the first
  /// begin().
  void on_stop(std::function<void()> cancel) { cancel_ = std::move(cancel); }

  /// The handler is done: removes its scratch directory and forgets its stop source.
  void finish();

  /// Requests a stop now, whatever the deadline says; the handler under way, if any, is asked to end.
  void request_stop();

  [[nodiscard]] Context context() noexcept { return Context{*this}; }
  [[nodiscard]] static Invocation& of(const Context& context) noexcept { return *context.invocation_; }

  /// The way of this invocation through its middleware; null outside of it. To be set while no handler runs.
  [[nodiscard]] middleware::Passage* passage() const noexcept { return passage_; }
  void set_passage(middleware::Passage* passage) noexcept { passage_ = passage; }

  /// A line that is not a log message, among those that are.
  void write_line(std::string_view line) noexcept { surroundings_.log_writer->write_line(line); }

  [[nodiscard]] const wire::Reply& event() const noexcept { return *event_; }
  [[nodiscard]] const core::Settings& settings() const noexcept { return surroundings_.settings; }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }
  [[nodiscard]] core::RequestLogger& log() noexcept { return log_; }
  std::stop_token stop_token();
  const std::filesystem::path& scratch();

 private:
  void at_deadline() override;

  const invoke::Surroundings surroundings_;
  core::RequestLogger log_;
  const wire::Reply* event_ = nullptr;
  middleware::Passage* passage_ = nullptr;
  std::chrono::steady_clock::time_point deadline_;

  std::function<void()> cancel_;

  std::mutex mutex_;  ///< Guards what follows, and who may use event_ and deadline_ from elsewhere.
  std::condition_variable told_;
  bool active_ = false;
  bool being_told_ = false;  ///< at_deadline() is at work: finish() waits.
  bool overrun_ = false;     ///< The deadline has passed during this invocation.
  std::optional<std::stop_source> stop_source_;
  bool stop_requested_ = false;    ///< By request_stop(): for good.
  std::filesystem::path scratch_;  ///< Empty until asked for.
};

}  // namespace lmi::detail
