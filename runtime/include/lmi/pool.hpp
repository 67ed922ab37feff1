#pragma once

// Connections that all invocations of a process share. Blocking acquire; <lmi/pool_async.hpp> adds the one
// for coroutine handlers. No Asio in here.

#include "lmi/detail/pool_handle.hpp"
#include "lmi/pool_metrics.hpp"
#include "lmi/pool_options.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace lmi {

template <class T>
class Pool;

/// A connection that one invocation holds. Move-only; its destruction gives the connection back.
///
/// Threads:  one at a time, like any value. It may be given back on another thread than it was acquired on.
/// Lifetime: normally shorter than its pool's. One that outlives its pool stays valid and closes its
///           connection when it ends.
/// Errors:   giving back never fails and never waits for the network: cleaning and closing are done by the
///           pool's own threads.
template <class T>
class Lease {
 public:
  /// Holds nothing.
  Lease() noexcept = default;
  ~Lease() { release(); }

  Lease(Lease&& other) noexcept
      : grant_{std::exchange(other.grant_, {})}, exceptions_{other.exceptions_}, poisoned_{other.poisoned_} {}
  Lease& operator=(Lease&& other) noexcept {
    if (this != &other) {
      release();
      grant_ = std::exchange(other.grant_, {});
      exceptions_ = other.exceptions_;
      poisoned_ = other.poisoned_;
    }
    return *this;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  [[nodiscard]] explicit operator bool() const noexcept { return grant_.entry != nullptr; }
  [[nodiscard]] T* get() const noexcept { return static_cast<T*>(grant_.resource); }
  T& operator*() const noexcept { return *get(); }
  T* operator->() const noexcept { return get(); }

  /// The connection is in a state nobody should inherit, e.g. in the middle of a cancelled exchange: it is
  /// closed when the lease ends.
  void poison() noexcept { poisoned_ = true; }
  [[nodiscard]] bool poisoned() const noexcept { return poisoned_; }

  /// Gives the connection back now. Harmless when nothing is held.
  void release() noexcept {
    if (!grant_.entry) return;
    detail::give_back(std::exchange(grant_, {}), poisoned_, std::uncaught_exceptions() > exceptions_);
    poisoned_ = false;
  }

 private:
  friend class Pool<T>;
  explicit Lease(const detail::PoolGrant& grant) noexcept
      : grant_{grant}, exceptions_{std::uncaught_exceptions()} {}

  detail::PoolGrant grant_{};
  int exceptions_ = 0;  ///< In flight when it was acquired: one more at the end means that one is leaving.
  bool poisoned_ = false;
};

/// What a pool has to know about its connections. Only `connect` is required.
///
/// Threads: connect, healthy and reset run on the pool's threads, several at once on different
///          connections; they may block, and should give up at their deadline: nothing takes them away from
///          it. inspect and usable run on the thread that gives back or acquires, which may be a coroutine
///          worker: they must not block.
/// Errors:  an exception counts as failure (connect: with its text). inspect and usable: as broken.
template <class T>
struct PoolHooks {
  /// Makes a connection. A failure is counted by the breaker, and its text shown by warm_up() and
  /// PoolUnhealthy.
  std::function<Result<std::unique_ptr<T>>(const ConnectLimits&)> connect{};

  /// Whether an idle connection still works, e.g. a ping. Default: it does.
  std::function<bool(T&, SteadyTime deadline)> healthy{};

  /// Cleans a connection for the next one; false: it is closed. Default: nothing to do.
  std::function<bool(T&, SteadyTime deadline)> reset{};

  /// A quick look at a connection that comes back. Default: `reset` when there is a reset hook, else `reuse`.
  std::function<OnReturn(T&)> inspect{};

  /// A quick look at an idle connection before it is handed out, e.g. whether its socket was closed
  /// meanwhile. False: it is closed and the next one is tried. Default: not looked at, which saves a system
  /// call.
  std::function<bool(T&)> usable{};
};

/// A pool of connections of type T, shared by every invocation of the process.
///
/// An acquire takes an idle connection of its own vCPU's cache, else of another's, without a lock; else it
/// waits in one FIFO queue while up to max_connecting connections are being made. A connection that comes
/// back goes to the oldest waiter before any cache.
///
///     lmi::Pool<Database> pool{{.name = "db", .max_size = 8, .min_idle = 2}, {.connect = open_database}};
///
///     std::string handle(std::string_view event, lmi::Context& context) {
///       auto database = pool.acquire(lmi::AcquireLimits::of(context)).value();
///       return database->ask(event);
///     }
///
///     int main() {
///       return lmi::run(handle, {.init = [] { pool.warm_up(std::chrono::seconds{5}).value(); },
///                                .on_shutdown = [] { pool.drain(std::chrono::milliseconds{50}); }});
///     }
///
/// Threads:  every member from any thread, at the same time. The pool has one keeper thread (time-outs,
///           maintenance) and up to max_connecting + 1 workers that run the hooks. They start with the first
///           use, not with the constructor: a pool that is made before a fork works in the child.
/// Lifetime: make it in main(), before run(); it must outlive the handlers. Owns its connections. The
///           destructor closes the pool and waits for hooks that are running.
/// Time:     on the steady clock. A wait ends on time even when every hook hangs.
/// Errors:   PoolErrc says what can happen to an acquire; the constructor throws lmi::Error "InvalidPool".
template <class T>
class Pool {
 public:
  Pool(PoolOptions options, PoolHooks<T> hooks) : handle_{std::move(options), erase(std::move(hooks))} {}

  /// A connection, once there is one: blocks for at most the acquire time-out, until limits.deadline, or
  /// until limits.stop is requested, whichever comes first.
  [[nodiscard]] PoolResult<Lease<T>> acquire(const AcquireLimits& limits = {}) {
    auto grant = handle_.acquire(limits);
    if (!grant) return std::move(grant).error();
    return Lease<T>{*grant};
  }

  /// Waits until min_idle connections are ready, for the Init phase. The error ("PoolNotReady") says how many
  /// are, what is slow, and what failed. The pool stays usable after an error.
  Result<void> warm_up(SteadyTime deadline) { return handle_.warm_up(deadline); }
  Result<void> warm_up(std::chrono::milliseconds time) {
    return warm_up(std::chrono::steady_clock::now() + time);
  }

  /// Refuses acquires from now on, ends the waiting ones (PoolErrc::closed) and closes what is idle. Leases
  /// stay valid; their connections are closed as they come back. Does not wait. Harmless when closed already.
  void close() noexcept { handle_.close(); }

  /// close(), then waits until every connection is closed. False: some are still leased at the deadline, or
  /// their closing hangs.
  bool drain(SteadyTime deadline) noexcept { return handle_.drain(deadline); }
  bool drain(std::chrono::milliseconds time) noexcept {
    return drain(std::chrono::steady_clock::now() + time);
  }

  [[nodiscard]] PoolMetrics metrics() const { return handle_.metrics(); }
  [[nodiscard]] const PoolOptions& options() const noexcept { return handle_.options(); }

  /// For <lmi/pool_async.hpp>.
  [[nodiscard]] detail::PoolHandle& handle() noexcept { return handle_; }
  [[nodiscard]] static Lease<T> adopt(const detail::PoolGrant& grant) noexcept { return Lease<T>{grant}; }

 private:
  static detail::ErasedPoolHooks erase(PoolHooks<T> hooks) {
    const auto of = [](void* resource) -> T& { return *static_cast<T*>(resource); };
    detail::ErasedPoolHooks erased;
    erased.destroy = [](void* resource) { delete static_cast<T*>(resource); };
    if (hooks.connect)
      erased.connect = [connect = std::move(hooks.connect)](const ConnectLimits& limits) -> Result<void*> {
        auto made = connect(limits);
        if (!made) return std::move(made).error();
        return static_cast<void*>(made->release());
      };
    if (hooks.healthy)
      erased.healthy = [of, healthy = std::move(hooks.healthy)](void* r, SteadyTime t) {
        return healthy(of(r), t);
      };
    if (hooks.reset)
      erased.reset = [of, reset = std::move(hooks.reset)](void* r, SteadyTime t) { return reset(of(r), t); };
    if (hooks.inspect)
      erased.inspect = [of, inspect = std::move(hooks.inspect)](void* r) { return inspect(of(r)); };
    if (hooks.usable)
      erased.usable = [of, usable = std::move(hooks.usable)](void* r) { return usable(of(r)); };
    return erased;
  }

  detail::PoolHandle handle_;
};

}  // namespace lmi
