#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace lmi::emulator::environment {

using PollId = std::uint64_t;
using Attempt =
    std::uint64_t;  ///< One delivery of one invocation; a request id may repeat, an attempt does not.

/// Who waits for work and who does work in one environment: the rules of runtime-api.md §1.2–1.4 and §4.2,
/// without sockets, clocks and payloads.
///
/// Every attempt holds one slot from its dispatch until the runtime answers it, also after its timeout: the
/// code still runs. There are `max_concurrency` slots.
class InvocationBook {
 public:
  struct Limits {
    std::size_t max_concurrency = 1;
    std::size_t max_idle_polls = 10'000;
    std::size_t remembered_timeouts =
        1'000;  ///< Late answers get 410 for so many; an older one is just unknown.
  };
  explicit InvocationBook(Limits limits) : limits_{limits} {}

  // ---- polls ----
  /// False when too many wait already.
  bool add_poll(PollId poll);
  /// The poller went away. Harmless when it waits no longer.
  void remove_poll(PollId poll);
  std::size_t idle_polls() const noexcept { return polls_.size(); }

  // ---- dispatch ----
  struct Assignment {
    Attempt attempt = 0;
    PollId poll = 0;  ///< The one that waited longest.
  };
  enum class Refusal { duplicate_id, no_idle_poll, no_free_slot };
  /// `nonce`: the Lambda-Runtime-Invocation-Id this attempt is delivered with.
  std::variant<Assignment, Refusal> dispatch(const std::string& request_id, std::string nonce);

  // ---- answers ----
  enum class Answer { response, error };
  enum class Admission {
    accepted,
    invalid_id,  ///< Unknown, answered, or being answered: 400.
    timed_out,   ///< Late, or meant for another attempt: 410.
  };
  struct Admitted {
    Admission admission = Admission::invalid_id;
    Attempt attempt = 0;      ///< When accepted.
    bool freed_slot = false;  ///< A late answer: the code it comes from has ended.
  };
  /// An answer's head has arrived. `nonce`: what the runtime echoed, if it did. Accepted: settle() or
  /// reopen_error() follows when its body has arrived.
  Admitted begin_answer(const std::string& request_id, Answer answer, std::optional<std::string_view> nonce);

  enum class Settlement {
    settled,    ///< The invocation is over.
    timed_out,  ///< Its timeout was faster: 410.
    gone,       ///< Another answer was faster, or the timeout is forgotten: 400.
  };
  /// Ends the attempt and frees its slot.
  Settlement settle(Attempt attempt);
  /// An /error that could not be used does not end the invocation.
  void reopen_error(Attempt attempt);
  bool response_under_way(Attempt attempt) const;

  /// The caller was told. The slot stays taken.
  void time_out(Attempt attempt);

  std::size_t in_flight() const noexcept { return attempts_.size(); }
  bool has_free_slot() const noexcept { return in_flight() < limits_.max_concurrency; }
  /// Whether `request_id` is running and its caller still waits.
  bool is_open(const std::string& request_id) const { return open_.contains(request_id); }

 private:
  struct State {
    std::string request_id;
    std::string nonce;
    bool response_begun = false;
    bool error_begun = false;
    bool overdue = false;
    std::uint64_t remembered_as = 0;  // key in remembered_; 0: not there, a late answer gets 400
  };
  Admitted answer_overdue(const std::string& request_id, std::optional<std::string_view> nonce);
  std::optional<Attempt> find_overdue(const std::string& request_id,
                                      std::optional<std::string_view> nonce) const;
  void remember_timeout(Attempt attempt);
  Settlement release_overdue(Attempt attempt);

  Limits limits_;
  std::map<PollId, PollId> waiting_since_;  // poll → its place in the queue
  std::map<PollId, PollId> polls_;          // place → poll: the first waited longest
  PollId next_place_ = 1;
  Attempt next_attempt_ = 1;
  std::unordered_map<Attempt, State> attempts_;
  std::unordered_map<std::string, Attempt> open_;  // by request id: the caller still waits
  std::unordered_multimap<std::string, Attempt>
      overdue_;                                  // by request id: the caller was told of the timeout
  std::map<std::uint64_t, Attempt> remembered_;  // overdue attempts, by the order of their timeouts
  std::uint64_t next_remembered_ = 1;
};

}  // namespace lmi::emulator::environment
