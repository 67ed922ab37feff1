#include "invoke/async_engine.hpp"

#include "invoke/thread_setup.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <system_error>
#include <utility>

namespace lmi::invoke {
namespace {

std::error_code last_error() {
  return {errno, std::system_category()};
}

int checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error{last_error(), what};
  return descriptor;
}

}  // namespace

/// Threads: the I/O thread's, except what Invocation allows; between dispatch and done, event and outcome are
/// the handler's.
struct AsyncEngine::Slot final : detail::StreamPort {
  /// What the slot waits for.
  enum class Wait { nothing, connection, room_to_send, bytes, handler, time };

  Slot(AsyncEngine& owner, const EngineParts& parts, std::size_t slot_index)
      : engine{owner},
        index{slot_index},
        invocation{parts.surroundings},
        machine{parts.policy, parts.writer, invocation.log(), parts.in_flight.entries()[slot_index]} {
    machine.outcome().port = this;
  }

  /// On a worker: until `when_written` is called, by the I/O thread, both are the I/O thread's.
  void write(std::string_view bytes, Written when_written) override {
    piece = bytes;
    written = std::move(when_written);
    engine.stream_piece(*this);
  }

  AsyncEngine& engine;
  const std::size_t index;
  detail::Invocation invocation;
  SlotMachine machine;
  int descriptor = -1;
  unsigned watched = 0;  ///< The epoll events asked for.
  Wait waits_for = Wait::nothing;
  std::size_t sent = 0;  ///< Bytes of the request already written.
  std::optional<Timers::iterator> timer;
  std::string_view piece;  ///< Of a streamed answer, from the handler.
  Written written;
};

AsyncEngine::AsyncEngine(const EngineParts& parts, const MakeRunner& make_runner)
    : parts_{parts},
      poller_{checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      wake_event_{checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")} {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLET;  // each write is reported once: no read is needed to take it back
  wanted.data.ptr = nullptr;
  checked(::epoll_ctl(poller_, EPOLL_CTL_ADD, wake_event_, &wanted), "epoll_ctl");
  slots_.reserve(parts.slots);
  done_.reserve(parts.slots);  // each slot is in there once at most: reporting a handler done cannot fail
  done_now_.reserve(parts.slots);
  pieces_.reserve(parts.slots);
  pieces_now_.reserve(parts.slots);
  for (std::size_t i = 0; i < parts.slots; ++i) slots_.push_back(std::make_unique<Slot>(*this, parts_, i));
  runner_ = make_runner([this](std::size_t slot) { handler_done(slot); });
  for (const auto& slot : slots_)
    slot->invocation.on_stop([this, index = slot->index] { runner_->cancel(index); });
}

AsyncEngine::~AsyncEngine() {
  {
    const std::lock_guard lock{mutex_};
    abandon_ = true;
  }
  wake();
  if (io_thread_.joinable()) io_thread_.join();
  for (const auto& slot : slots_) slot->written = {};  // holds a coroutine, which is the runner's to destroy
  runner_.reset();
  for (const auto& slot : slots_) close(*slot);
  ::close(wake_event_);
  ::close(poller_);
}

void AsyncEngine::start() {
  runner_->start();
  unfinished_ = slots_.size();
  io_thread_ = std::thread{[this] { serve(); }};
}

void AsyncEngine::stop_polling() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  wake();
}

bool AsyncEngine::wait_finished(Clock::time_point until) {
  std::unique_lock lock{mutex_};
  return slot_finished_.wait_until(lock, until, [this] { return unfinished_ == 0; });
}

void AsyncEngine::cancel_handlers() {
  for (const auto& slot : slots_) slot->invocation.request_stop();
}

bool AsyncEngine::shut_down(Clock::time_point until) {
  if (!runner_->shut_down(until)) return false;
  {
    const std::lock_guard lock{mutex_};
    abandon_ = true;
  }
  wake();
  if (io_thread_.joinable()) io_thread_.join();
  return true;
}

void AsyncEngine::wake() noexcept {
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then it is awake already.
  [[maybe_unused]] const auto written = ::write(wake_event_, &one, sizeof one);
}

void AsyncEngine::handler_done(std::size_t slot) {
  bool first = false;
  {
    const std::lock_guard lock{mutex_};
    first = done_.empty();
    done_.push_back(slot);
  }
  if (first) wake();  // whoever finds others waiting knows the I/O thread has been woken for them
}

void AsyncEngine::stream_piece(Slot& slot) {
  {
    const std::lock_guard lock{mutex_};
    pieces_.push_back(&slot);
  }
  wake();
}

void AsyncEngine::serve() {
  const SignalStack signal_stack;
  ask_for_short_turns(io_turn);  // it never computes, and everybody waits for it
  try {
    serve_until_finished();
  } catch (const std::exception& failure) {
    slots_.front()->invocation.log().critical("runtime.io_failed reason=\"{}\"", failure.what());
    parts_.on_failure(StopReason::internal_error);
    const std::lock_guard lock{mutex_};
    unfinished_ = 0;
    slot_finished_.notify_all();
  }
}

void AsyncEngine::serve_until_finished() {
  for (const auto& slot : slots_) advance(*slot, slot->machine.start());
  std::array<epoll_event, 64> events{};
  for (;;) {
    {
      const std::lock_guard lock{mutex_};
      if (unfinished_ == 0 || abandon_) return;
    }
    runner_->hand_over();
    const int count =
        ::epoll_wait(poller_, events.data(), static_cast<int>(events.size()), milliseconds_to_next_timer());
    if (count < 0 && errno != EINTR) throw std::system_error{last_error(), "epoll_wait"};
    for (int i = 0; i < count; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      auto* slot = static_cast<Slot*>(event.data.ptr);
      slot != nullptr ? ready(*slot, event.events) : take_messages();
    }
    fire_timers();
  }
}

int AsyncEngine::milliseconds_to_next_timer() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void AsyncEngine::take_messages() {
  bool stop = false;
  {
    const std::lock_guard lock{mutex_};
    done_now_.swap(done_);
    pieces_now_.swap(pieces_);
    stop = stop_;
  }
  if (stop && !std::exchange(stopping_, true))
    for (const auto& slot : slots_) begin_stopping(*slot);
  for (auto* slot : pieces_now_) advance(*slot, slot->machine.write(slot->piece));
  pieces_now_.clear();
  for (const auto index : done_now_) {
    auto& slot = *slots_[index];
    advance(slot, slot.machine.answered());
  }
  done_now_.clear();
}

void AsyncEngine::fire_timers() {
  while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
    auto& slot = *timers_.begin()->second;
    clear_timer(slot);
    if (slot.waits_for == Slot::Wait::time) {
      advance(slot, slot.machine.waited());
    } else {
      advance(slot, slot.machine.send_failed(std::make_error_code(std::errc::timed_out)));
    }
  }
}

void AsyncEngine::begin_stopping(Slot& slot) {
  slot.machine.stop();
  if (slot.waits_for == Slot::Wait::time) {
    clear_timer(slot);
    return advance(slot, slot.machine.waited());
  }
  if (!slot.machine.polling()) return;
  if (slot.waits_for == Slot::Wait::bytes) {
    // An event that has already arrived is this process's to answer.
    advance(slot, receive(slot));
    if (slot.waits_for != Slot::Wait::bytes || slot.machine.reply_started()) return;
  }
  if (slot.waits_for != Slot::Wait::nothing && slot.waits_for != Slot::Wait::handler)
    advance(slot, slot.machine.closed({}));
}

void AsyncEngine::ready(Slot& slot, unsigned events) {
  switch (slot.waits_for) {
    case Slot::Wait::connection: return advance(slot, finish_connect(slot));
    case Slot::Wait::room_to_send:
      if ((events & EPOLLOUT) != 0) return advance(slot, send(slot));
      // Answered, or gone, before it had everything: it may never take the rest.
      return advance(slot, slot.machine.send_failed(std::make_error_code(std::errc::connection_aborted)));
    case Slot::Wait::bytes: return advance(slot, receive(slot));
    case Slot::Wait::handler:
      if (slot.machine.streaming()) {  // answered, or gone, in the middle: the reply is read at the end
        slot.machine.stream_interrupted();
        return unwatch(slot);
      }
      [[fallthrough]];
    case Slot::Wait::time:
      // Nothing is expected now: the server has closed. Seen in time, so that no answer is sent into the
      // void.
      close(slot);
      slot.machine.connection_spent();
      return;
    case Slot::Wait::nothing: return;
  }
}

void AsyncEngine::advance(Slot& slot, std::optional<Action> action) {
  while (action) action = perform(slot, *action);
}

std::optional<Action> AsyncEngine::perform(Slot& slot, Action action) {
  slot.waits_for = Slot::Wait::nothing;
  clear_timer(slot);
  if (stopping_) slot.machine.stop();
  switch (action.step) {
    case Step::connect: return connect(slot);
    case Step::send: slot.sent = 0; return send(slot);
    case Step::receive:
      slot.waits_for = Slot::Wait::bytes;
      watch(slot, EPOLLIN);
      return std::nullopt;
    case Step::dispatch: return dispatch(slot);
    case Step::written: piece_written(slot); return std::nullopt;
    case Step::wait:
      slot.waits_for = Slot::Wait::time;
      set_timer(slot, Clock::now() + action.delay);
      return std::nullopt;
    case Step::stop:
      close(slot);
      finished(slot.machine.stop_reason());
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Action> AsyncEngine::connect(Slot& slot) {
  close(slot);
  std::error_code failure;
  slot.descriptor = transport::open_socket(parts_.endpoint, SOCK_NONBLOCK, failure);
  if (slot.descriptor < 0) return slot.machine.connect_failed(failure);
  const auto* address = reinterpret_cast<const sockaddr*>(&parts_.endpoint.address);
  if (::connect(slot.descriptor, address, parts_.endpoint.length) == 0) return finish_connect(slot);
  if (errno != EINPROGRESS && errno != EINTR) return slot.machine.connect_failed(last_error());
  slot.waits_for = Slot::Wait::connection;
  watch(slot, EPOLLOUT);
  return std::nullopt;
}

std::optional<Action> AsyncEngine::finish_connect(Slot& slot) {
  int failure = 0;
  socklen_t length = sizeof failure;
  if (::getsockopt(slot.descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) != 0) failure = errno;
  if (failure == 0 && transport::is_connected_to_itself(slot.descriptor)) failure = ECONNREFUSED;
  if (failure == 0) {
    show_to_supervisor(parts_, slot.index, slot.descriptor, slot.invocation.log());
    return slot.machine.connected();
  }
  close(slot);
  return slot.machine.connect_failed({failure, std::system_category()});
}

std::optional<Action> AsyncEngine::send(Slot& slot) {
  const std::array texts{slot.machine.request_head(), slot.machine.request_body(),
                         slot.machine.request_tail()};
  for (;;) {
    std::array<iovec, 3> pieces{};
    std::size_t count = 0;
    auto skip = slot.sent;
    for (const auto text : texts) {
      const auto left = text.substr(std::min(skip, text.size()));
      skip -= text.size() - left.size();
      if (!left.empty()) pieces.at(count++) = {const_cast<char*>(left.data()), left.size()};
    }
    if (count == 0) return slot.machine.sent();
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    const auto sent = ::sendmsg(slot.descriptor, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      slot.sent += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      slot.waits_for = Slot::Wait::room_to_send;
      watch(slot, EPOLLOUT | EPOLLIN);
      if (slot.machine.streaming()) set_timer(slot, slot.invocation.deadline());
      return std::nullopt;
    } else if (errno != EINTR) {
      return slot.machine.send_failed(last_error());
    }
  }
}

std::optional<Action> AsyncEngine::receive(Slot& slot) {
  const auto space = slot.machine.receive_space();
  const auto received = ::recv(slot.descriptor, space.data(), space.size(), 0);
  if (received > 0) return slot.machine.received(static_cast<std::size_t>(received));
  if (received == 0) return slot.machine.closed({});
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;  // level-triggered: it will be reported again
  return slot.machine.closed(last_error());
}

std::optional<Action> AsyncEngine::dispatch(Slot& slot) {
  slot.waits_for = Slot::Wait::handler;
  slot.invocation.begin(slot.machine.event());
  const auto& event = slot.machine.event();
  runner_->run({.slot = slot.index,
                .event = {.data = event.body, .content_type = event.content_type},
                .invocation = slot.invocation,
                .outcome = slot.machine.outcome()});
  return std::nullopt;
}

/// The handler may go on: it is told on the I/O thread, and continues on its own.
void AsyncEngine::piece_written(Slot& slot) {
  slot.waits_for = Slot::Wait::handler;
  if (!slot.machine.stream_failure()) {
    watch(slot, EPOLLIN);
  } else if (slot.watched != 0) {
    unwatch(slot);
  }
  std::exchange(slot.written, nullptr)(slot.machine.stream_failure());
}

void AsyncEngine::set_timer(Slot& slot, Clock::time_point when) {
  clear_timer(slot);
  slot.timer = timers_.emplace(when, &slot);
}

void AsyncEngine::clear_timer(Slot& slot) {
  if (slot.timer) timers_.erase(*std::exchange(slot.timer, std::nullopt));
}

/// A closed connection is reported whatever is asked for, so it has to leave the poller.
void AsyncEngine::unwatch(Slot& slot) {
  checked(::epoll_ctl(poller_, EPOLL_CTL_DEL, slot.descriptor, nullptr), "epoll_ctl");
  slot.watched = 0;
}

void AsyncEngine::watch(Slot& slot, unsigned events) {
  if (slot.watched == events) return;  // the steady state: a slot's socket stays registered for reading
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.ptr = &slot;
  const int operation = slot.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  checked(::epoll_ctl(poller_, operation, slot.descriptor, &wanted), "epoll_ctl");
  slot.watched = events;
}

void AsyncEngine::close(Slot& slot) {
  if (slot.descriptor >= 0) {
    // A duplicate keeps the connection open, and its registration with the poller.
    if (parts_.supervisor != nullptr) {
      ::shutdown(slot.descriptor, SHUT_RDWR);
      if (slot.watched != 0) unwatch(slot);
    }
    ::close(std::exchange(slot.descriptor, -1));  // leaves the poller too
  }
  slot.watched = 0;
}

void AsyncEngine::finished(StopReason reason) {
  if (reason != StopReason::shutdown) parts_.on_failure(reason);
  const std::lock_guard lock{mutex_};
  --unfinished_;
  slot_finished_.notify_all();
}

}  // namespace lmi::invoke
