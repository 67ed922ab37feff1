#include "environment/invocation_book.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::environment {

bool InvocationBook::add_poll(PollId poll) {
  if (polls_.size() >= limits_.max_idle_polls) return false;
  const PollId place = next_place_++;
  polls_.emplace(place, poll);
  waiting_since_.emplace(poll, place);
  return true;
}

void InvocationBook::remove_poll(PollId poll) {
  const auto found = waiting_since_.find(poll);
  if (found == waiting_since_.end()) return;
  polls_.erase(found->second);
  waiting_since_.erase(found);
}

std::variant<InvocationBook::Assignment, InvocationBook::Refusal> InvocationBook::dispatch(
    const std::string& request_id, std::string nonce) {
  if (open_.contains(request_id)) return Refusal::duplicate_id;
  if (!has_free_slot()) return Refusal::no_free_slot;
  if (polls_.empty()) return Refusal::no_idle_poll;

  const Assignment assignment{.attempt = next_attempt_++, .poll = polls_.begin()->second};
  remove_poll(assignment.poll);
  attempts_.emplace(assignment.attempt, State{.request_id = request_id, .nonce = std::move(nonce)});
  open_.emplace(request_id, assignment.attempt);
  return assignment;
}

InvocationBook::Admitted InvocationBook::begin_answer(const std::string& request_id, Answer answer,
                                                      std::optional<std::string_view> nonce) {
  const auto found = open_.find(request_id);
  if (found == open_.end()) return answer_overdue(request_id, nonce);

  State& state = attempts_.at(found->second);
  if (nonce && *nonce != state.nonce) {
    // From an earlier attempt of the same request; the right one can still answer.
    auto late = answer_overdue(request_id, nonce);
    late.admission = Admission::timed_out;
    return late;
  }
  if (state.error_begun) return {};
  if (answer == Answer::response && state.response_begun) return {};
  (answer == Answer::response ? state.response_begun : state.error_begun) = true;
  return {.admission = Admission::accepted, .attempt = found->second};
}

InvocationBook::Admitted InvocationBook::answer_overdue(const std::string& request_id,
                                                        std::optional<std::string_view> nonce) {
  const auto attempt = find_overdue(request_id, nonce);
  if (!attempt) return {};
  const State& state = attempts_.at(*attempt);
  if (state.response_begun || state.error_begun) return {};  // its first answer is still on its way
  const auto settlement = release_overdue(*attempt);
  return {.admission = settlement == Settlement::timed_out ? Admission::timed_out : Admission::invalid_id,
          .attempt = 0,
          .freed_slot = true};
}

std::optional<Attempt> InvocationBook::find_overdue(const std::string& request_id,
                                                    std::optional<std::string_view> nonce) const {
  std::optional<Attempt> oldest;
  const auto [begin, end] = overdue_.equal_range(request_id);
  for (auto it = begin; it != end; ++it) {
    if (nonce && attempts_.at(it->second).nonce != *nonce) continue;
    if (!oldest || it->second < *oldest) oldest = it->second;
  }
  return oldest;
}

InvocationBook::Settlement InvocationBook::settle(Attempt attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return Settlement::gone;
  if (found->second.overdue) return release_overdue(attempt);
  open_.erase(found->second.request_id);
  attempts_.erase(found);
  return Settlement::settled;
}

InvocationBook::Settlement InvocationBook::release_overdue(Attempt attempt) {
  const auto found = attempts_.find(attempt);
  const bool remembered = remembered_.erase(found->second.remembered_as) != 0;
  const auto [begin, end] = overdue_.equal_range(found->second.request_id);
  overdue_.erase(std::find_if(begin, end, [&](const auto& entry) { return entry.second == attempt; }));
  attempts_.erase(found);
  return remembered ? Settlement::timed_out : Settlement::gone;
}

void InvocationBook::reopen_error(Attempt attempt) {
  if (const auto found = attempts_.find(attempt); found != attempts_.end()) found->second.error_begun = false;
}

bool InvocationBook::response_under_way(Attempt attempt) const {
  const auto found = attempts_.find(attempt);
  return found != attempts_.end() && found->second.response_begun;
}

void InvocationBook::time_out(Attempt attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end() || found->second.overdue) return;
  State& state = found->second;
  state.overdue = true;
  open_.erase(state.request_id);
  overdue_.emplace(state.request_id, attempt);
  remember_timeout(attempt);
}

void InvocationBook::remember_timeout(Attempt attempt) {
  attempts_.at(attempt).remembered_as = next_remembered_;
  remembered_.emplace(next_remembered_++, attempt);
  if (remembered_.size() <= limits_.remembered_timeouts) return;
  const auto oldest = remembered_.begin();
  attempts_.at(oldest->second).remembered_as = 0;
  remembered_.erase(oldest);
}

}  // namespace lmi::emulator::environment
