#pragma once

#include "model/names.hpp"

#include <map>
#include <string>
#include <vector>

namespace lmi::emulator::model {

struct ScalingPolicy {
  std::string metric;
  double target = 0;
};

/// A capacity provider as the API's callers made it.
struct CapacityProvider {
  enum class State { pending, active, deleting };

  std::string name;
  Scope scope;  ///< Fixed at creation; part of the ARN.
  State state = State::pending;
  std::vector<std::string> subnet_ids;
  std::vector<std::string> security_group_ids;
  std::string operator_role_arn;
  std::string architecture = "x86_64";
  std::vector<std::string> allowed_types;
  std::vector<std::string> excluded_types;
  unsigned max_vcpus = 400;
  bool manual_scaling = false;
  std::vector<ScalingPolicy> policies;
  std::string kms_key_arn;
  std::map<std::string, std::string> tags;
  std::string propagate_tags;  ///< JSON text, echoed as given. Empty: not given.
  std::string telemetry;       ///< JSON text, echoed as given. Empty: not given.
  std::string last_modified;

  std::string arn() const { return capacity_provider_arn(scope, name); }
};

}  // namespace lmi::emulator::model
