#pragma once

#include "app/running_environment.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::app::test {

/// What a test sees of one environment, also after it is gone, and how it plays the environment's part.
struct FakeEnvironment {
  struct Call {
    environment::Invocation invocation;
    std::function<void(environment::Outcome)> done;
  };

  environment::EnvironmentSpec spec;
  environment::EnvironmentEvents events;
  bool started = false;
  bool alive = true;
  std::optional<std::chrono::milliseconds> drain;  ///< Set when it was told to shut down.
  std::optional<environment::ShutdownReason> reason;
  std::vector<Call> calls;

  void becomes_ready() { events.on_ready(); }
  void fails_init(std::string error_type) {
    events.on_init_failed({std::move(error_type), ""});
    goes(true);
  }
  void goes(bool crashed) {
    const auto on_gone = events.on_gone;  // telling destroys the environment, and with it its events
    on_gone(crashed);
  }
  void answers(std::size_t call, std::string body) {
    if (events.on_slot_free) events.on_slot_free();
    environment::Outcome outcome;
    outcome.body = std::move(body);
    calls.at(call).done(std::move(outcome));
  }
  void refuses(std::size_t call, std::string error_type) {
    calls.at(call).done(ended(environment::Outcome::Kind::refused, std::move(error_type)));
  }
  void fails(std::size_t call, std::string error_type) {
    calls.at(call).done(ended(environment::Outcome::Kind::function_error, std::move(error_type)));
  }

  static environment::Outcome ended(environment::Outcome::Kind kind, std::string error_type) {
    environment::Outcome outcome;
    outcome.kind = kind;
    outcome.error_type = std::move(error_type);
    return outcome;
  }
};

/// Makes environments without a process and keeps them all, in order of their making.
class FakeEnvironments {
 public:
  EnvironmentFactory factory() {
    return [this](environment::EnvironmentSpec spec, environment::EnvironmentEvents events) {
      auto fake = std::make_shared<FakeEnvironment>();
      fake->spec = std::move(spec);
      fake->events = std::move(events);
      all.push_back(fake);
      return std::make_unique<Handle>(fake);
    };
  }

  std::vector<std::shared_ptr<FakeEnvironment>> all;  // shared with the handles the fleet owns

 private:
  class Handle final : public RunningEnvironment {
   public:
    explicit Handle(std::shared_ptr<FakeEnvironment> fake) : fake_{std::move(fake)} {}
    ~Handle() override { fake_->alive = false; }
    void start() override { fake_->started = true; }
    void invoke(environment::Invocation invocation, std::function<void(environment::Outcome)> done) override {
      fake_->calls.push_back({std::move(invocation), std::move(done)});
    }
    void shut_down(environment::ShutdownReason reason, std::chrono::milliseconds drain) override {
      fake_->drain = drain;
      fake_->reason = reason;
    }
    environment::EnvironmentStats stats() const override { return {.pid = 4711}; }

   private:
    std::shared_ptr<FakeEnvironment> fake_;
  };
};

}  // namespace lmi::emulator::app::test
