#pragma once

#include "http/exchange.hpp"
#include "loop/loop.hpp"
#include "observe/log_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::observe {

struct EnvironmentSnapshot {
  std::string id;
  std::string function_name;
  std::string version;
  std::string instance_id;
  std::string instance_type;
  std::string availability_zone;
  std::string state;  ///< "waitingForInstance", "starting", "ready" or "draining".
  int pid = 0;        ///< 0: no process yet.
  unsigned slots = 0;
  unsigned in_flight = 0;
  unsigned peak_in_flight = 0;
  std::uint64_t invocations = 0;
  std::size_t tmp_entries =
      0;  ///< Left in its private /tmp by the function; the runtime's own files excluded.
};

struct InstanceSnapshot {
  std::string id;
  std::string type;
  std::string availability_zone;
  std::string capacity_provider;
  std::string state;  ///< "launching" or "running".
  unsigned environments = 0;
};

struct FleetSnapshot {
  std::vector<EnvironmentSnapshot> environments;
  std::vector<InstanceSnapshot> instances;
};

/// The emulator's own endpoints, which AWS does not have:
///   GET /_lmi/health
///   GET /_lmi/environments
///   GET /_lmi/logs?function=NAME&after=SEQ&wait=SECONDS     (long poll; every parameter may be left out)
///   POST /_lmi/instances/ID/lose                            (that instance dies; signed, at least in form)
/// `function` may be a log group too, which capacity providers have for their system log.
/// Errors are JSON objects with a "message". Requests a web page could have made are refused with 403.
///
/// Threads:  loop thread only.
/// Lifetime: the loop and the log store must outlive it.
class Endpoints {
 public:
  struct Sources {
    LogStore& logs;
    std::function<FleetSnapshot()> fleet;
    std::function<bool(const std::string& id)> lose_instance = nullptr;  ///< False: there is none.
  };
  Endpoints(Loop& loop, Sources sources, std::string emulator_version);
  ~Endpoints();

  /// Why a request may not come in, or nullopt.
  using Refusal = std::function<std::optional<std::string>(const http::Head&)>;
  /// Replaces the check for requests of this machine, except for health, which tells nothing of what runs.
  void admit_only(Refusal refusal) { refusal_ = std::move(refusal); }

  /// Whether `target` is one of this class's.
  static bool owns(std::string_view target) noexcept;
  /// Answers, at once or when there is something to tell.
  void handle(const http::ExchangePtr& exchange);

 private:
  http::Response health() const;
  http::Response change(const http::Head& head, std::string_view name) const;
  void logs(const http::ExchangePtr& exchange, std::string_view query);

  Loop& loop_;
  Sources sources_;
  std::string version_;
  Refusal refusal_;
  Clock::time_point started_;
};

}  // namespace lmi::emulator::observe
