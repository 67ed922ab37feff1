#pragma once

#include "lmi/middleware.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace lmi {

/// Remembers which keys are being worked on and what the finished ones were answered.
///
/// Threads: any, at the same time. Around a coroutine handler its members must not wait for a network.
class IdempotencyStore {
 public:
  using Clock = std::chrono::steady_clock;

  /// The key is the caller's now. `ticket` tells its claim from an earlier one's.
  struct Claimed {
    std::uint64_t ticket;
  };
  /// Somebody else works on it.
  struct InProgress {};
  /// It is done; this was the answer.
  using Stored = Payload;

  using Claim = std::variant<Claimed, InProgress, Stored>;

  IdempotencyStore() = default;
  virtual ~IdempotencyStore() = default;
  IdempotencyStore(const IdempotencyStore&) = delete;
  IdempotencyStore& operator=(const IdempotencyStore&) = delete;

  /// Claims `key`, unless it is done or claimed. A claim may be taken over after `until`: whoever had it has
  /// run out of time.
  virtual Claim claim(std::string_view key, Clock::time_point until) = 0;

  /// What a claim led to: an answer to keep, or nothing, and the next one may try. Ignored when the claim has
  /// been taken over.
  virtual void complete(std::string_view key, std::uint64_t ticket, const Payload& answer) = 0;
  virtual void release(std::string_view key, std::uint64_t ticket) = 0;
};

/// A store in this process's memory: it knows nothing of other environments, nor of this one's predecessor.
/// A retry that lands elsewhere runs again. Enough against doubles that follow each other closely on a warm
/// environment; for a promise across environments supply a store that they share (DynamoDB, Redis, SQL).
class MemoryIdempotencyStore final : public IdempotencyStore {
 public:
  struct Options {
    std::size_t capacity = 10'000;                  ///< Answers kept; the least recently used go first.
    std::size_t capacity_bytes = 64 * 1024 * 1024;  ///< Of keys and answers.
    std::chrono::milliseconds time_to_live{std::chrono::hours{1}};  ///< Of an answer, from when it was given.
    std::function<Clock::time_point()> now = [] { return Clock::now(); };
  };

  MemoryIdempotencyStore();
  explicit MemoryIdempotencyStore(Options options);
  ~MemoryIdempotencyStore() override;

  Claim claim(std::string_view key, Clock::time_point until) override;
  void complete(std::string_view key, std::uint64_t ticket, const Payload& answer) override;
  void release(std::string_view key, std::uint64_t ticket) override;

  /// Keys it knows of, running ones included.
  [[nodiscard]] std::size_t size() const;

 private:
  class Records;
  std::unique_ptr<Records> records_;
};

namespace detail {
struct IdempotencyClaim {
  std::string key{};  ///< Empty: this invocation has no claim.
  std::uint64_t ticket = 0;
};
}  // namespace detail

/// The middleware that runs the handler once for each key, as Powertools' idempotency does:
///
///     lmi::MemoryIdempotencyStore store;
///     lmi::Idempotency idempotency{store, lmi::key_at("/orderId")};
///     return lmi::run(handler, {.middleware = {&idempotency}});
///
/// The first invocation of a key runs the handler. While it runs, another one fails with
/// Function.IdempotencyInProgress: the caller may retry. Afterwards others get the stored answer, and the
/// handler does not run. A handler that fails leaves no trace: the next one runs. A claim lasts until its
/// invocation's deadline.
///
/// Not for streaming handlers, whose answer is not kept.
/// Threads:  serves any number of invocations at once.
/// Lifetime: `store` must outlive it.
/// Errors:   what the key function or the store throws is the invocation's error. When the store fails to
///           keep an answer, the invocation fails although the handler has run.
class Idempotency final : public MiddlewareWithState<detail::IdempotencyClaim> {
 public:
  /// The key of an event; empty: none, and the invocation is not protected.
  using Key = std::function<std::string(const RawEvent& event, const Context& context)>;

  Idempotency(IdempotencyStore& store, Key key);

  Decision before(const RawEvent& event, Context& context) override;
  void after(Context& context, Completion& completion) override;

 private:
  IdempotencyStore& store_;
  const Key key_;
};

/// The key is the value at this JSON pointer (RFC 6901) of the event, as JSON. Throws (the invocation's
/// error) an Error of type IdempotencyKeyMissing when there is none, or the event is not JSON. Throws
/// std::invalid_argument at once when `pointer` is not one.
Idempotency::Key key_at(const std::string& pointer);

}  // namespace lmi
