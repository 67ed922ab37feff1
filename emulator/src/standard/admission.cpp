#include "standard/admission.hpp"

namespace lmi::emulator::standard {
namespace {

constexpr Time second{std::chrono::seconds{1}};

}  // namespace

Admission::Admission(const Parameters& parameters) : parameters_{parameters}, account_calls_{0, second} {}

Admission::Function& Admission::function(const std::string& name) {
  const Rate starts{parameters_.starts_per_window, parameters_.start_window};
  Function& found = functions_.try_emplace(name, Function{starts, Rate{0, second}}).first->second;
  found.forgotten = false;
  return found;
}

std::optional<Refusal> Admission::admit(const std::string& name, Limits limits, Time now) {
  Function& called = function(name);
  if (called.has_reserved != limits.reserved.has_value()) {
    called.has_reserved = limits.reserved.has_value();
    unreserved_in_flight_ += called.has_reserved ? 0U - called.in_flight : called.in_flight;
  }
  Rate& rate = called.has_reserved ? called.calls : account_calls_;
  const unsigned running = called.has_reserved ? called.in_flight : unreserved_in_flight_;
  const unsigned allowed = limits.reserved.value_or(limits.unreserved);
  if (running >= allowed) {
    return called.has_reserved ? Refusal::reserved_concurrency : Refusal::concurrency;
  }
  rate.resize(allowed * parameters_.calls_per_second_per_concurrency);
  if (!rate.take(now)) return called.has_reserved ? Refusal::reserved_call_rate : Refusal::call_rate;
  ++called.in_flight;
  if (!called.has_reserved) ++unreserved_in_flight_;
  return std::nullopt;
}

void Admission::leave(std::string_view name) {
  const auto found = functions_.find(name);
  if (found == functions_.end() || found->second.in_flight == 0) return;
  --found->second.in_flight;
  if (!found->second.has_reserved) --unreserved_in_flight_;
  if (found->second.forgotten && found->second.in_flight == 0) functions_.erase(found);
}

bool Admission::admit_start(const std::string& name, Time now) {
  return function(name).starts.take(now);
}

void Admission::forget(std::string_view name) {
  const auto found = functions_.find(name);
  if (found == functions_.end()) return;
  found->second.forgotten = true;
  if (found->second.in_flight == 0) functions_.erase(found);
}

unsigned Admission::in_flight(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? 0 : found->second.in_flight;
}

}  // namespace lmi::emulator::standard
