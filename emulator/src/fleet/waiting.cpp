#include "fleet/state.hpp"

namespace lmi::emulator::fleet {

void Fleet::State::serve_queue(Version& version, Decisions& out) {
  while (!version.queue.empty()) {
    const auto slot = version.router.take();
    const auto* environment = std::get_if<EnvironmentId>(&slot);
    if (environment == nullptr) return;
    ++version.calls.routed;
    count_in_flight(version);
    out.emplace_back(DispatchCall{version.queue.front(), *environment});
    version.queue.pop();
  }
}

void Fleet::State::serve_queues(std::string_view provider, Decisions& out) {
  for_versions_of(provider, [&](Version& version) { serve_queue(version, out); });
}

void Fleet::State::give_up_overdue(Decisions& out) {
  for (auto& [id, version] : versions) {
    while (!version.queue.empty() && *version.queue.next_deadline() <= now) {
      const ThrottleReason reason = version.router.why_none();
      ++version.calls.refused.at(static_cast<std::size_t>(reason));
      out.emplace_back(RefuseCall{version.queue.front(), reason});
      version.queue.pop();
    }
  }
}

void Fleet::State::refuse_queue(Version& version, Decisions& out) {
  for (; !version.queue.empty(); version.queue.pop()) {
    ++version.calls.refused.at(static_cast<std::size_t>(ThrottleReason::concurrency));
    out.emplace_back(RefuseCall{version.queue.front(), ThrottleReason::concurrency});
  }
}

}  // namespace lmi::emulator::fleet
