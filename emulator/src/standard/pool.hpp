#pragma once

#include "standard/admission.hpp"
#include "standard/parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lmi::emulator::standard {

/// The environments of all functions without a capacity provider. Each has one call at a time. A call gets an
/// idle one that is kept ready for such calls, else the idle one that had a call last, else a new one; what
/// is not kept and nobody needs for a while is ended.
///
/// A generation is what one version's code and configuration were at one time: $LATEST has a new one after
/// each change. Pure: no clock, no I/O; the driver carries out what is returned.
class Pool {
 public:
  explicit Pool(Parameters parameters);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void add(GenerationId generation, std::string function);
  /// It gets no more calls. Returns its idle environments, which are to be ended; idle() says so of the
  /// others.
  std::vector<EnvironmentId> end(GenerationId generation);

  struct Reuse {
    EnvironmentId environment{};
  };
  struct Start {
    EnvironmentId environment{};
  };
  using Route = std::variant<Reuse, Start, Refusal>;
  /// Precondition: `generation` was added and not ended. The call counts until answered().
  Route route(GenerationId generation, Limits limits, Time now);

  /// An environment without a call, kept ready for calls until it is released, discarded or gone. Calls that
  /// it gets count against a reservation, and otherwise against nothing: the account's unreserved concurrency
  /// is what is left beside those (AWS documentation). Precondition: as of route().
  EnvironmentId start_kept(GenerationId generation);
  /// It is kept no more and gets no other call. True: it is idle and is to be ended; else idle() says so.
  bool release(EnvironmentId kept);

  /// The caller has the answer. The environment may still be busy.
  void answered(EnvironmentId environment);
  /// The environment has nothing to do. False: nor will it have; end it.
  bool idle(EnvironmentId environment, Time now);
  /// The first initialisation failed: the call goes on in another environment, the one returned.
  EnvironmentId start_again(EnvironmentId failed);
  /// It takes no call any more, although it is still there.
  void discard(EnvironmentId environment);
  /// It is no more.
  void gone(EnvironmentId environment);

  /// Environments that were idle for too long at `now`. They are to be ended.
  std::vector<EnvironmentId> expired(Time now);
  /// When expired() has something to say, if nothing else happens.
  std::optional<Time> next_expiry() const;

  std::size_t environments() const noexcept { return environments_.size(); }
  /// The calls that count.
  unsigned in_flight(std::string_view function) const { return admission_.in_flight(function); }

 private:
  struct Generation {
    std::string function;
    std::vector<EnvironmentId> idle;  ///< The one that had a call last at the end.
    std::vector<EnvironmentId> kept;  ///< Idle too.
    bool ended = false;
    std::size_t environments = 0;
  };
  struct Environment {
    GenerationId generation{};
    bool has_call = false;
    bool counts = false;  ///< Its call was admitted.
    bool kept = false;
    bool discarded = false;
    std::optional<Time> idle_since;
  };
  EnvironmentId make(GenerationId generation);
  Reuse give_to(EnvironmentId id, bool counts);
  std::vector<EnvironmentId>& idle_like(const Environment& environment);
  void not_idle(EnvironmentId id, Environment& environment);
  void forget_if_over(GenerationId generation);

  const Parameters parameters_;
  Admission admission_{parameters_};
  std::map<GenerationId, Generation> generations_;
  std::map<EnvironmentId, Environment> environments_;
  std::set<std::pair<Time, EnvironmentId>> by_idle_since_;
  std::uint64_t last_ = 0;
};

}  // namespace lmi::emulator::standard
