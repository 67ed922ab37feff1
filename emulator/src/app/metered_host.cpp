#include "app/metered_host.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::app {
namespace {

using control_plane::InvokeReply;
using Dimensions = std::map<std::string, std::string>;

struct Reason {
  std::string_view reason;  ///< InvokeReply::throttle_reason
  const char* metric;
};
constexpr std::array<Reason, 4> reasons = {{{"Concurrency", "ConcurrencyThrottles"},
                                            {"CPU", "CPUThrottles"},
                                            {"Memory", "MemoryThrottles"},
                                            {"Disk", "DiskThrottles"}}};

/// What is recorded of one call, and under which dimensions.
class CallMetrics {
 public:
  CallMetrics(observe::MetricStore& store, const control_plane::VersionKey& key,
              const std::string& invoked_arn, FleetClock::Date when)
      : store_{store}, when_{when} {
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME, with the qualifier as the caller gave it.
    constexpr std::string_view before_name = ":function:";
    const auto name = invoked_arn.find(before_name);
    const std::string resource =
        name == std::string::npos ? key.function : invoked_arn.substr(name + before_name.size());
    for_each_function_ = {{"FunctionName", key.function}};
    for_each_resource_ = {{"FunctionName", key.function}, {"Resource", resource}};
    const auto colon = resource.find(':');
    const bool is_alias = colon != std::string::npos && resource.substr(colon + 1) != key.qualifier;
    if (is_alias) {
      for_each_version_ = for_each_resource_;
      for_each_version_.emplace("ExecutedVersion", key.qualifier);
    }
  }

  /// As standard Lambda: for the function, the resource asked for, and over all functions.
  void put(const char* name, const char* unit, double value) {
    store_.record({name, {}}, unit, value, when_);
    put_reason(name, unit, value);
    if (!for_each_version_.empty()) store_.record({name, for_each_version_}, unit, value, when_);
  }
  void put_reason(const char* name, const char* unit, double value) {
    store_.record({name, for_each_function_}, unit, value, when_);
    store_.record({name, for_each_resource_}, unit, value, when_);
  }

 private:
  observe::MetricStore& store_;
  FleetClock::Date when_;
  Dimensions for_each_function_;
  Dimensions for_each_resource_;
  Dimensions for_each_version_;  // of an alias
};

void record(CallMetrics& metrics, const InvokeReply& reply, MeteredHost::Kind kind) {
  const bool throttled = reply.kind == InvokeReply::Kind::throttled;
  metrics.put("Throttles", "Count", throttled ? 1 : 0);
  if (!throttled) {
    // Throttled calls count neither as invocations nor as errors (AWS documentation).
    metrics.put("Invocations", "Count", 1);
    metrics.put("Errors", "Count", reply.kind == InvokeReply::Kind::function_error ? 1 : 0);
    metrics.put("Duration", "Milliseconds",
                std::chrono::duration<double, std::milli>{reply.duration}.count());
  } else if (kind == MeteredHost::Kind::managed) {
    for (const Reason& each : reasons) {
      metrics.put_reason(each.metric, "Count", each.reason == reply.throttle_reason ? 1 : 0);
    }
  }
}

}  // namespace

void MeteredHost::invoke(const control_plane::VersionKey& key, control_plane::InvokeCall call,
                         std::function<void(InvokeReply)> done) {
  // A metric's time is that of the invocation, not of its end (AWS documentation).
  CallMetrics metrics{metrics_, key, call.invoked_arn, now_()};
  host_.invoke(
      key, std::move(call),
      [metrics = std::move(metrics), kind = kind_, done = std::move(done)](InvokeReply reply) mutable {
        record(metrics, reply, kind);
        done(std::move(reply));
      });
}

void MeteredHost::put_provider(const control_plane::ProviderDeployment& provider) {
  host_.put_provider(provider);
}
void MeteredHost::remove_provider(const std::string& name) {
  host_.remove_provider(name);
}
void MeteredHost::deploy(control_plane::VersionDeployment version) {
  host_.deploy(std::move(version));
}
void MeteredHost::scale(const control_plane::VersionKey& key, unsigned min_environments,
                        std::optional<unsigned> max_environments) {
  host_.scale(key, min_environments, max_environments);
}
void MeteredHost::retire(const control_plane::VersionKey& key) {
  host_.retire(key);
}
void MeteredHost::provision(const control_plane::VersionKey& key, unsigned environments) {
  host_.provision(key, environments);
}

control_plane::ProvisionedEnvironments MeteredHost::provisioned(const control_plane::VersionKey& key) const {
  return host_.provisioned(key);
}

void MeteredHost::on_notice(std::function<void(const control_plane::VersionNotice&)> notice) {
  host_.on_notice(std::move(notice));
}

}  // namespace lmi::emulator::app
