#pragma once

#include "events/targets.hpp"
#include "loop/loop.hpp"

namespace lmi::emulator::control_plane {

struct Services;

/// The functions, for events that are invoked without anybody waiting.
///
/// Lifetime: loop and services must outlive it; it uses them from the first call on, not before.
class FunctionTargets final : public events::Targets {
 public:
  FunctionTargets(Loop& loop, const Services& services) : loop_{loop}, services_{services} {}

  void attempt(const events::InvokeOrder& order, std::function<void(const events::Outcome&)> done) override;
  events::Rules rules(const events::InvokeOrder& order) const override;

 private:
  Loop& loop_;
  const Services& services_;
};

}  // namespace lmi::emulator::control_plane
