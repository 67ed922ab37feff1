#pragma once

#include "events/targets.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace lmi::emulator::events {

/// Functions whose invocations end when a test says so.
class FakeTargets final : public Targets {
 public:
  struct Attempt {
    InvokeOrder order;
    std::function<void(const Outcome&)> done;
  };
  void attempt(const InvokeOrder& order, std::function<void(const Outcome&)> done) override {
    attempts.push_back({order, std::move(done)});
  }
  Rules rules(const InvokeOrder& order) const override {
    const auto at = rules_of.find(order.function.name);
    return at == rules_of.end() ? Rules{} : at->second;
  }

  /// Ends the oldest attempt; its order.
  InvokeOrder end(const Outcome& outcome) {
    Attempt attempt = std::move(attempts.front());
    attempts.pop_front();
    attempt.done(outcome);
    return attempt.order;
  }
  InvokeOrder succeed(const std::string& answer = "{}") {
    return end({Outcome::Kind::success, "1", answer, {}});
  }
  InvokeOrder fail() {
    return end({Outcome::Kind::function_error, "1", R"({"errorMessage":"on purpose"})", "E"});
  }
  InvokeOrder throttle() { return end({Outcome::Kind::throttled, {}, {}, "Rate Exceeded."}); }

  std::deque<Attempt> attempts;
  std::map<std::string, Rules> rules_of;
};

}  // namespace lmi::emulator::events
