#include "simulate/exact.hpp"

#include "simulate/clients.hpp"
#include "simulate/deadline_heap.hpp"
#include "simulate/fleet_world.hpp"
#include "simulate/processor_sharing.hpp"
#include "simulate/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <unordered_map>
#include <utility>

namespace lmi::sizing::simulate {
namespace {

using CallIndex = std::uint32_t;
constexpr std::uint32_t nowhere = ~std::uint32_t{0};

/// One call of a client, with all its attempts. What it needs is drawn once, when it arrives.
struct Call {
  Time arrived{};
  Time started{};  ///< Of the attempt that got a slot.
  Time cpu_first{};
  Time wait{};
  Time cpu_last{};
  Time overhead{};
  std::uint32_t function = 0;
  unsigned attempts = 0;
  std::uint32_t environment = nowhere;
  std::uint32_t generation = 0;  ///< Of the entry: events for a call that is over do not match.
  bool waited = false;
};

struct Environment {
  Environment(fleet::EnvironmentId id_, std::size_t function_, double vcpus)
      : id{id_}, function{function_}, cpu{vcpus} {}

  fleet::EnvironmentId id;
  std::size_t function;
  ProcessorSharing cpu;
  unsigned in_flight = 0;
  bool closing = false;
  double cpu_counted = 0;   ///< For the series.
  double cpu_reported = 0;  ///< To the fleet.
};

std::vector<std::string> function_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < scenario.functions(); ++i) names.push_back(scenario.workload(i).function_name);
  return names;
}

class ExactRun final : public EnvironmentWatcher {
 public:
  ExactRun(const Scenario& scenario, const fleet::Catalogue& catalogue)
      : scenario_{scenario},
        world_{scenario, catalogue, *this},
        recorder_{scenario.duration, series_interval(scenario.duration), function_names(scenario)},
        report_every_{scenario.parameters.scaling_interval},
        next_report_{report_every_},
        sample_every_{series_interval(scenario.duration)},
        next_sample_{sample_every_} {
    for (std::size_t i = 0; i < scenario.functions(); ++i) {
      clients_.emplace_back(scenario.workload(i), scenario.duration, seed_of_function(scenario.seed, i));
    }
  }

  Checked<Outcome> run(const OnProgress& on_progress) {
    if (auto wrong = world_.publish(); !wrong.empty()) return BadInput{"the version failed: " + wrong};
    set_levels();
    for (std::uint64_t events = 0; step(); ++events) {
      constexpr std::uint64_t often = 1U << 16U;
      if (on_progress && events % often == 0)
        on_progress(std::min(1.0, seconds(now_) / seconds(scenario_.duration)));
    }
    Outcome outcome = recorder_.finish();
    outcome.instance_types = world_.usage(scenario_.duration);
    outcome.seconds_to_active = world_.seconds_to_active();
    outcome.faults = world_.faults();
    return outcome;
  }

  // What the fleet does.
  void opened(fleet::EnvironmentId id, std::size_t function, fleet::InstanceId) override {
    const double vcpus = clients_[function].workload.function.vcpus();
    std::uint32_t index = 0;
    if (unused_environments_.empty()) {
      index = static_cast<std::uint32_t>(environments_.size());
      environments_.emplace_back(id, function, vcpus);
    } else {
      index = unused_environments_.back();
      unused_environments_.pop_back();
      environments_[index] = Environment{id, function, vcpus};
    }
    places_[id] = index;
  }
  void closing(fleet::EnvironmentId id) override {
    const std::uint32_t index = places_.at(id);
    environments_[index].closing = true;
    if (environments_[index].in_flight == 0) remove(index);
  }
  void killed(fleet::EnvironmentId id) override {
    const std::uint32_t index = places_.at(id);
    count_cpu(environments_[index]);
    for (CallIndex call = 0; call < calls_.size(); ++call) {
      if (calls_[call].environment != index) continue;
      recorder_.lost(calls_[call].function);
      --in_flight_;
      forget(call);
    }
    cpu_deadlines_.set(index, std::nullopt);
    places_.erase(id);
    unused_environments_.push_back(index);
  }
  void dispatched(fleet::CallId waiting, fleet::EnvironmentId id) override {
    const CallIndex call = queued_.extract(waiting).mapped();
    start(call, places_.at(id));
  }
  void refused(fleet::CallId waiting, fleet::ThrottleReason reason) override {
    turn_away(queued_.extract(waiting).mapped(), reason);
  }

 private:
  enum class Kind : std::uint8_t { wait_over, retry };
  struct Event {
    Time at;
    std::uint64_t order;
    CallIndex call;
    std::uint32_t generation;
    Kind kind;
    bool operator<(const Event& other) const noexcept {  // the greatest is popped first
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  /// Does what comes next. False: nothing will.
  bool step() {
    Clients& caller = next_to_call();
    const Time arrival = caller.arrivals.peek().value_or(Time::max());
    const Time event = events_.empty() ? Time::max() : events_.top().at;
    const Time completion = cpu_deadlines_.earliest();
    const bool done = arrival == Time::max() && unfinished_ == 0;
    // The fleet goes on to the end of the scenario even when no call comes any more.
    const Time end = done ? scenario_.duration : Time::max();
    const Time fleet = std::max(world_.next(), now_);
    const Time next = std::min({arrival, event, completion, next_report_, next_sample_, fleet});
    if (next > end || next == Time::max()) return false;
    now_ = next;
    recorder_.advance(now_);
    if (next == completion) {
      complete_cpu();
    } else if (next == event) {
      occur();
    } else if (next == next_report_) {  // before the fleet scales by it
      report();
    } else if (next == fleet) {
      world_.step();
    } else if (next == next_sample_) {
      count_cpu();
      next_sample_ += sample_every_;
    } else {
      arrive(caller);
    }
    set_levels();
    return true;
  }

  /// Whose call arrives next; of equals the first.
  Clients& next_to_call() {
    if (clients_.size() == 1) return clients_.front();
    return *std::min_element(clients_.begin(), clients_.end(), [](const Clients& one, const Clients& other) {
      return one.arrivals.peek().value_or(Time::max()) < other.arrivals.peek().value_or(Time::max());
    });
  }

  void arrive(Clients& caller) {
    caller.arrivals.take();
    const Service& service = caller.workload.service;
    const CallIndex index = new_call();
    Call& call = calls_[index];
    call.function = static_cast<std::uint32_t>(&caller - clients_.data());
    recorder_.arrived(call.function);
    call.arrived = now_;
    call.wait = from_milliseconds(service.wait_ms.sample(caller.wait));
    const Time cpu = from_milliseconds(service.cpu_ms.sample(caller.cpu));
    call.cpu_first = call.wait.count() == 0
                         ? cpu
                         : Time{std::llround(static_cast<double>(cpu.count()) * service.cpu_before_wait)};
    call.cpu_last = cpu - call.cpu_first;
    call.overhead = from_milliseconds(service.overhead_ms.sample(caller.overhead));
    attempt(index);
  }

  void attempt(CallIndex index) {
    ++calls_[index].attempts;
    const fleet::Route route = world_.route(calls_[index].function, now_);
    if (const auto* environment = std::get_if<fleet::EnvironmentId>(&route)) {
      start(index, places_.at(*environment));
    } else if (const auto* queued = std::get_if<fleet::Queued>(&route)) {
      queued_[queued->call] = index;
    } else {
      turn_away(index, std::get<fleet::ThrottleReason>(route));
    }
  }

  void turn_away(CallIndex index, fleet::ThrottleReason reason) {
    const Call& call = calls_[index];
    recorder_.throttled(call.function, static_cast<std::size_t>(reason));
    Clients& caller = clients_[call.function];
    const Retries& retries = caller.workload.retries;
    if (call.attempts < retries.attempts) {
      const double longest = std::min(retries.longest_ms, retries.base_ms * std::exp2(call.attempts - 1));
      const Time again = now_ + from_milliseconds(longest * caller.retry.uniform());
      if (again < scenario_.duration) {  // later ones are not made: the run is over
        recorder_.retried(call.function);
        later(again, index, Kind::retry);
        return;
      }
    }
    recorder_.refused(call.function);
    forget(index);
  }

  void start(CallIndex index, std::uint32_t environment) {
    Call& call = calls_[index];
    call.started = now_;
    call.environment = environment;
    ++environments_[environment].in_flight;
    ++in_flight_;
    if (call.cpu_first.count() > 0) {
      compute(index, call.cpu_first);
    } else {
      wait(index);
    }
  }

  void compute(CallIndex index, Time cpu) {
    const std::uint32_t environment = calls_[index].environment;
    environments_[environment].cpu.add(index, cpu, now_);
    cpu_deadlines_.set(environment, environments_[environment].cpu.next_completion());
  }

  void wait(CallIndex index) {
    Call& call = calls_[index];
    if (call.wait.count() == 0) return finish(index);
    call.waited = true;
    later(now_ + call.wait, index, Kind::wait_over);
  }

  void complete_cpu() {
    const std::uint32_t environment = cpu_deadlines_.key();
    const CallIndex index = environments_[environment].cpu.pop(now_);
    cpu_deadlines_.set(environment, environments_[environment].cpu.next_completion());
    if (calls_[index].waited) {
      finish(index);
    } else {
      wait(index);
    }
  }

  void occur() {
    const Event event = events_.top();
    events_.pop();
    const Call& call = calls_[event.call];
    if (call.generation != event.generation) return;  // lost with its environment
    if (event.kind == Kind::retry) {
      attempt(event.call);
    } else if (call.cpu_last.count() > 0) {
      compute(event.call, call.cpu_last);
    } else {
      finish(event.call);
    }
  }

  /// Code that runs past the timeout keeps its slot until it ends; the caller hears of the timeout.
  void finish(CallIndex index) {
    const Call& call = calls_[index];
    recorder_.finished(call.function, now_ - call.arrived + call.overhead,
                       now_ - call.started <= clients_[call.function].timeout);
    const std::uint32_t environment = call.environment;
    forget(index);
    --in_flight_;
    Environment& ran_on = environments_[environment];
    --ran_on.in_flight;
    const bool last = ran_on.closing && ran_on.in_flight == 0;
    world_.release(ran_on.id, now_);
    if (last) remove(environment);
  }

  void remove(std::uint32_t index) {
    Environment& environment = environments_[index];
    count_cpu(environment);
    const auto id = environment.id;
    places_.erase(id);
    unused_environments_.push_back(index);
    world_.drained(id, now_);
  }

  void count_cpu(Environment& environment) {
    const double used = environment.cpu.used(now_);
    recorder_.used_cpu(used - environment.cpu_counted);
    environment.cpu_counted = used;
  }
  void count_cpu() {
    for (const auto& [id, index] : places_) count_cpu(environments_[index]);
  }

  void report() {
    reports_.clear();
    for (const auto& [id, index] : places_) {
      Environment& environment = environments_[index];
      const Workload& workload = clients_[environment.function].workload;
      const Service& service = workload.service;
      const double used = environment.cpu.used(now_);
      const double mean = (used - environment.cpu_reported) / static_cast<double>(report_every_.count());
      environment.cpu_reported = used;
      const double memory = service.memory_mb_base + service.memory_mb_per_call * environment.in_flight;
      const double disk = 100 * service.tmp_mb_per_call * environment.in_flight / workload.function.tmp_mb;
      reports_.push_back({.environment = id,
                          .cpu_milli = static_cast<std::uint64_t>(std::llround(mean * 1000)),
                          .memory_mb = static_cast<std::uint64_t>(std::llround(memory)),
                          .disk_percent = static_cast<unsigned>(disk)});
    }
    world_.report_load(reports_, now_);
    next_report_ += report_every_;
  }

  void later(Time at, CallIndex call, Kind kind) {
    events_.push({at, order_++, call, calls_[call].generation, kind});
  }

  CallIndex new_call() {
    ++unfinished_;
    if (unused_calls_.empty()) {
      calls_.emplace_back();
      return static_cast<CallIndex>(calls_.size() - 1);
    }
    const CallIndex index = unused_calls_.back();
    unused_calls_.pop_back();
    return index;
  }
  void forget(CallIndex index) {
    calls_[index] = Call{.generation = calls_[index].generation + 1};
    unused_calls_.push_back(index);
    --unfinished_;
  }

  void set_levels() {
    recorder_.set({.environments = static_cast<double>(world_.environments()),
                   .environment_vcpus = world_.environment_vcpus(),
                   .instances = static_cast<double>(world_.instances()),
                   .vcpus = static_cast<double>(world_.vcpus()),
                   .in_flight = static_cast<double>(in_flight_)});
    for (std::size_t i = 0; clients_.size() > 1 && i < clients_.size(); ++i) {
      recorder_.has_environments(i, world_.environments(i));
    }
  }

  const Scenario& scenario_;
  FleetWorld world_;
  Recorder recorder_;
  std::vector<Clients> clients_;  // by function
  Time now_{};
  Time report_every_;
  Time next_report_;
  Time sample_every_;
  Time next_sample_;

  std::vector<Call> calls_;
  std::vector<CallIndex> unused_calls_;
  std::uint64_t unfinished_ = 0;  ///< Calls that arrived and have no outcome yet.
  std::uint64_t in_flight_ = 0;   ///< Of these, those with a slot.
  std::map<fleet::CallId, CallIndex> queued_;

  std::deque<Environment> environments_;
  std::vector<std::uint32_t> unused_environments_;
  std::map<fleet::EnvironmentId, std::uint32_t> places_;  ///< In order, so that reports are.
  DeadlineHeap cpu_deadlines_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  std::vector<fleet::LoadReport> reports_;
};

}  // namespace

Checked<Outcome> simulate_exactly(const Scenario& scenario, const fleet::Catalogue& catalogue,
                                  const OnProgress& on_progress) {
  return ExactRun{scenario, catalogue}.run(on_progress);
}

}  // namespace lmi::sizing::simulate
