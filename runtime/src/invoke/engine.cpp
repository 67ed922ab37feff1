#include "invoke/engine.hpp"

namespace lmi::invoke {

void show_to_supervisor(const EngineParts& parts, std::size_t slot, int descriptor,
                        core::RequestLogger& log) {
  if (parts.supervisor == nullptr) return;
  // Without it only an event that this process does not live to read is lost to its supervisor.
  if (const auto failure = parts.supervisor->send(static_cast<std::uint32_t>(slot), descriptor))
    log.warn("worker.connection_unsupervised reason=\"{}\"", failure.message());
}

}  // namespace lmi::invoke
