#pragma once

#include "fleet/fleet.hpp"
#include "simulate/random.hpp"
#include "simulate/recorder.hpp"
#include "simulate/scenario.hpp"

#include <cstdint>
#include <map>
#include <queue>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace lmi::sizing::simulate {

/// What a core that moves calls is told of its environments. The environments are its own to keep.
class EnvironmentWatcher {
 public:
  virtual ~EnvironmentWatcher() = default;
  /// `function`: its place in the scenario.
  virtual void opened(fleet::EnvironmentId environment, std::size_t function, fleet::InstanceId instance) = 0;
  /// No more calls come; FleetWorld::drained() is to be called when its last one is over, or at once.
  virtual void closing(fleet::EnvironmentId environment) = 0;
  /// It died with its calls, perhaps while it was closing.
  virtual void killed(fleet::EnvironmentId environment) = 0;
  virtual void dispatched(fleet::CallId call, fleet::EnvironmentId environment) = 0;
  virtual void refused(fleet::CallId call, fleet::ThrottleReason reason) = 0;
};

/// The emulator's fleet core in simulated time: does what it decides (launches, starts, terminations take as
/// long as the parameters say), lets break what the scenario says, and keeps account of instances. One
/// capacity provider, one version of each function.
class FleetWorld {
 public:
  FleetWorld(const Scenario& scenario, fleet::Catalogue catalogue, EnvironmentWatcher& watcher);

  /// Publishes the versions and waits until all are active: that moment is time 0. What went wrong when they
  /// never get there; empty: nothing.
  std::string publish();

  /// When something is due; Time::max(): never.
  Time next() const;
  /// Does one thing that is due at next().
  void step();

  // Calls. `now` never goes back, also between these and step().
  fleet::Route route(std::size_t function, Time now) {
    return fleet_.route(version_of(function), fleet_time(now));
  }
  void release(fleet::EnvironmentId environment, Time now);
  void drained(fleet::EnvironmentId environment, Time now);
  void report_load(std::span<const fleet::LoadReport> reports, Time now);
  void report_concurrency(double calls, Time now);

  // Now.
  std::uint64_t environments() const noexcept { return ready_; }
  std::uint64_t environments(std::size_t function) const { return ready_by_function_.at(function); }
  /// Of the ready environments together.
  double environment_vcpus() const noexcept { return environment_vcpus_; }
  std::uint64_t instances() const noexcept { return running_; }
  std::uint64_t vcpus() const noexcept { return vcpus_; }
  /// vCPUs environments may use of an instance. Precondition: it is running.
  double usable_vcpus(fleet::InstanceId instance) const;

  /// What ran within [0, duration], by type.
  std::map<std::string, TypeUsage> usage(Time duration) const;
  const FaultCounts& faults() const noexcept { return fault_counts_; }
  double seconds_to_active() const noexcept { return seconds(std::chrono::duration_cast<Time>(origin_)); }

 private:
  static fleet::VersionId version_of(std::size_t function) { return fleet::VersionId{function + 1}; }
  static std::size_t function_of(fleet::VersionId version) { return static_cast<std::size_t>(version) - 1; }

  // What time brings.
  struct LaunchOver {
    fleet::InstanceId instance;
    bool failed;
  };
  struct InitOver {
    fleet::EnvironmentId environment;
  };
  struct Crash {
    fleet::EnvironmentId environment;
  };
  struct Loss {
    fleet::InstanceId instance;
  };
  using What = std::variant<LaunchOver, InitOver, Crash, Loss>;
  struct Event {
    fleet::Time at;
    std::uint64_t order;
    What what;
    bool operator<(const Event& other) const noexcept {  // the greatest is popped first
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  struct Instance {
    std::string type;
    unsigned vcpus = 0;
    fleet::Time running_since = fleet::Time::max();
  };
  struct Environment {
    std::size_t function = 0;
    fleet::InstanceId instance{};
    enum class State : std::uint8_t { starting, ready, closing } state = State::starting;
  };
  struct Use {
    std::string type;
    fleet::Time from;
    fleet::Time to;
  };

  fleet::Time fleet_time(Time now) const { return origin_ + std::chrono::duration_cast<fleet::Time>(now); }
  void occur(const LaunchOver& over, fleet::Time now);
  void occur(const InitOver& over, fleet::Time now);
  void occur(const Crash& crash, fleet::Time now);
  void occur(const Loss& loss, fleet::Time now);
  void step_at(fleet::Time now);
  fleet::Time next_fleet_time() const;
  /// Carries out what the fleet decided, and what it decides on that.
  void obey(fleet::Time now);
  void later(fleet::Time at, What what) { events_.push({at, order_++, what}); }
  /// `what` happens `per_hour` times on average.
  void perhaps(double per_hour, fleet::Time now, What what);
  void count_ready(const Environment& environment, bool more);
  /// Forgets it, and tells the watcher when it knows it.
  void kill(fleet::EnvironmentId environment);

  struct Obey;

  const Scenario& scenario_;
  const fleet::Catalogue catalogue_;
  EnvironmentWatcher& watcher_;
  fleet::Fleet fleet_;
  fleet::Decisions decisions_;
  fleet::Decisions being_obeyed_;
  bool obeying_ = false;
  Random init_random_;
  Random fault_random_;

  fleet::Time origin_{};
  std::size_t active_ = 0;  ///< Versions that became so.
  std::string failure_;
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;
  std::map<fleet::InstanceId, Instance> instances_;
  std::map<fleet::EnvironmentId, Environment> environments_;
  std::map<std::string, std::uint64_t> launched_;
  std::vector<Use> uses_;
  std::uint64_t ready_ = 0;
  std::vector<std::uint64_t> ready_by_function_;
  double environment_vcpus_ = 0;
  FaultCounts fault_counts_;
  std::uint64_t running_ = 0;
  std::uint64_t vcpus_ = 0;
};

}  // namespace lmi::sizing::simulate
