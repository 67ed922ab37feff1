#include "standard/pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace lmi::emulator::standard {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Random calls, answers, idle environments, crashes, replaced generations and time, against a simple count
/// of what must be true.
class RandomLife {
 public:
  explicit RandomLife(std::uint64_t seed) : random_{seed} {
    for (unsigned f = 0; f < functions.size(); ++f) renew(f);
  }

  void step() {
    now_ += milliseconds{pick(40)};
    for (const EnvironmentId id : pool_.expired(now_)) gone(id);
    switch (pick(12)) {
      case 0: renew(pick(functions.size())); break;
      case 1: with_one([this](EnvironmentId id) { gone(id); }); break;
      case 2:
      case 3:
      case 4:
      case 5: with_one([this](EnvironmentId id) { answer(id); }); break;
      default: call(pick(functions.size()));
    }
    check();
  }

 private:
  struct Known {
    unsigned function = 0;
    GenerationId generation{};
    bool has_call = true;
  };
  static constexpr std::array<std::optional<unsigned>, 3> functions = {std::nullopt, 3U, std::nullopt};
  static constexpr unsigned unreserved = 5;

  std::size_t pick(std::size_t below) { return random_() % below; }
  template <class Use>
  void with_one(Use use) {
    if (known_.empty()) return;
    use(std::next(known_.begin(), static_cast<long>(pick(known_.size())))->first);
  }
  void renew(std::size_t function) {
    const GenerationId id{++last_};
    pool_.add(id, "f" + std::to_string(function));
    const auto before = current_.find(function);
    if (before != current_.end()) {
      for (const EnvironmentId idle : pool_.end(before->second)) gone(idle);
    }
    current_[function] = id;
  }
  void call(std::size_t function) {
    const auto route = pool_.route(current_.at(function), {functions[function], unreserved}, now_);
    if (const auto* start = std::get_if<Pool::Start>(&route)) {
      ASSERT_FALSE(known_.contains(start->environment));
      known_[start->environment] = {static_cast<unsigned>(function), current_.at(function), true};
    } else if (const auto* reuse = std::get_if<Pool::Reuse>(&route)) {
      Known& one = known_.at(reuse->environment);
      ASSERT_FALSE(one.has_call) << "two calls in one environment";
      ASSERT_EQ(one.generation, current_.at(function)) << "a call for new code got old code";
      one.has_call = true;
    }
  }
  void answer(EnvironmentId id) {
    Known& one = known_.at(id);
    if (!one.has_call) return;
    one.has_call = false;
    pool_.answered(id);
    const bool goes_on = pool_.idle(id, now_);
    ASSERT_EQ(goes_on, one.generation == current_.at(one.function));
    if (!goes_on) gone(id);
  }
  void gone(EnvironmentId id) {
    pool_.gone(id);
    known_.erase(id);
  }
  void check() {
    std::map<unsigned, unsigned> running;
    for (const auto& [id, one] : known_) running[one.function] += one.has_call ? 1 : 0;
    unsigned shared = 0;
    for (unsigned f = 0; f < functions.size(); ++f) {
      ASSERT_EQ(pool_.in_flight("f" + std::to_string(f)), running[f]);
      if (functions[f]) {
        ASSERT_LE(running[f], *functions[f]);
      } else {
        shared += running[f];
      }
    }
    ASSERT_LE(shared, unreserved);
    ASSERT_EQ(pool_.environments(), known_.size());
  }

  std::mt19937_64 random_;
  Parameters parameters_{.idle_time = seconds{2}};
  Pool pool_{parameters_};
  Time now_{0};
  std::uint64_t last_ = 0;
  std::map<std::size_t, GenerationId> current_;
  std::map<EnvironmentId, Known> known_;
};

TEST(PoolProperty, LimitsHoldAndNoEnvironmentHasTwoCallsWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife life{seed};
    for (int i = 0; i < 2000 && !testing::Test::HasFatalFailure(); ++i) life.step();
  }
}

}  // namespace
}  // namespace lmi::emulator::standard
