#pragma once

#include "environment/environment.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace lmi::emulator::app {

/// What LiveFleet needs of an execution environment. The real one is environment::Environment; tests of the
/// fleet's driver have one without a process. Contracts are Environment's.
class RunningEnvironment {
 public:
  virtual ~RunningEnvironment() = default;
  virtual void start() = 0;
  virtual void invoke(environment::Invocation invocation, std::function<void(environment::Outcome)> done) = 0;
  virtual void shut_down(environment::ShutdownReason reason, std::chrono::milliseconds drain) = 0;
  virtual environment::EnvironmentStats stats() const = 0;
};

using EnvironmentFactory = std::function<std::unique_ptr<RunningEnvironment>(environment::EnvironmentSpec,
                                                                             environment::EnvironmentEvents)>;

/// Makes real environments. The services must outlive them.
EnvironmentFactory real_environments(environment::Environment::Services services);

}  // namespace lmi::emulator::app
