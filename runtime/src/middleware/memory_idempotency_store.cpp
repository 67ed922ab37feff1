#include "lmi/idempotency.hpp"

#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace lmi {

/// Done keys in the order of their last use; running ones beside them, which must not be pushed out.
class MemoryIdempotencyStore::Records {
 public:
  explicit Records(Options options) : options_{std::move(options)} {}

  Claim claim(std::string_view key, Clock::time_point until) {
    const std::lock_guard lock{mutex_};
    const auto now = options_.now();
    const auto found = records_.find(key);
    if (found == records_.end()) return start(records_.emplace(std::string{key}, Record{}).first, until);
    if (found->second.done == done_.end()) {
      if (now < found->second.until) return InProgress{};
      return start(found, until);
    }
    auto& done = *found->second.done;
    if (now >= done.until) {
      bytes_ -= done.bytes;
      done_.erase(found->second.done);
      return start(found, until);
    }
    done_.splice(done_.begin(), done_, found->second.done);
    return done.answer;
  }

  void complete(std::string_view key, std::uint64_t ticket, const Payload& answer) {
    const std::lock_guard lock{mutex_};
    const auto found = running(key, ticket);
    if (!found) return;
    const auto bytes = key.size() + answer.data.size() + answer.content_type.size();
    done_.push_front({.record = *found,
                      .answer = answer,
                      .until = options_.now() + options_.time_to_live,
                      .bytes = bytes});
    (*found)->second.done = done_.begin();
    bytes_ += bytes;
    while (!done_.empty() && (done_.size() > options_.capacity || bytes_ > options_.capacity_bytes)) {
      bytes_ -= done_.back().bytes;
      records_.erase(done_.back().record);
      done_.pop_back();
    }
  }

  void release(std::string_view key, std::uint64_t ticket) {
    const std::lock_guard lock{mutex_};
    if (const auto found = running(key, ticket)) records_.erase(*found);
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return records_.size();
  }

 private:
  struct Done;
  struct Record {
    std::uint64_t ticket = 0;
    Clock::time_point until;         ///< Of the claim.
    std::list<Done>::iterator done;  ///< done_.end(): running.
  };
  using Map = std::map<std::string, Record, std::less<>>;
  struct Done {
    Map::iterator record;
    Payload answer;
    Clock::time_point until;
    std::size_t bytes;
  };

  Claimed start(Map::iterator at, Clock::time_point until) {
    at->second = {.ticket = ++last_ticket_, .until = until, .done = done_.end()};
    return {last_ticket_};
  }

  std::optional<Map::iterator> running(std::string_view key, std::uint64_t ticket) {
    const auto found = records_.find(key);
    if (found == records_.end() || found->second.ticket != ticket || found->second.done != done_.end())
      return std::nullopt;
    return found;
  }

  const Options options_;
  mutable std::mutex mutex_;
  Map records_;
  std::list<Done> done_;  ///< The most recently used first.
  std::size_t bytes_ = 0;
  std::uint64_t last_ticket_ = 0;
};

MemoryIdempotencyStore::MemoryIdempotencyStore() : MemoryIdempotencyStore{Options{}} {}
MemoryIdempotencyStore::MemoryIdempotencyStore(Options options)
    : records_{std::make_unique<Records>(std::move(options))} {}
MemoryIdempotencyStore::~MemoryIdempotencyStore() = default;

IdempotencyStore::Claim MemoryIdempotencyStore::claim(std::string_view key, Clock::time_point until) {
  return records_->claim(key, until);
}
void MemoryIdempotencyStore::complete(std::string_view key, std::uint64_t ticket, const Payload& answer) {
  records_->complete(key, ticket, answer);
}
void MemoryIdempotencyStore::release(std::string_view key, std::uint64_t ticket) {
  records_->release(key, ticket);
}
std::size_t MemoryIdempotencyStore::size() const {
  return records_->size();
}

}  // namespace lmi
