#include "app/running_environment.hpp"

#include <utility>

namespace lmi::emulator::app {
namespace {

class RealEnvironment final : public RunningEnvironment {
 public:
  RealEnvironment(environment::Environment::Services services, environment::EnvironmentSpec spec,
                  environment::EnvironmentEvents events)
      : environment_{services, std::move(spec), std::move(events)} {}

  void start() override { environment_.start(); }
  void invoke(environment::Invocation invocation, std::function<void(environment::Outcome)> done) override {
    environment_.invoke(std::move(invocation), std::move(done));
  }
  void shut_down(environment::ShutdownReason reason, std::chrono::milliseconds drain) override {
    environment_.shut_down(reason, drain);
  }
  environment::EnvironmentStats stats() const override { return environment_.stats(); }

 private:
  environment::Environment environment_;
};

}  // namespace

EnvironmentFactory real_environments(environment::Environment::Services services) {
  return [services](environment::EnvironmentSpec spec, environment::EnvironmentEvents events) {
    return std::make_unique<RealEnvironment>(services, std::move(spec), std::move(events));
  };
}

}  // namespace lmi::emulator::app
