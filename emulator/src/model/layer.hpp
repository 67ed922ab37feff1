#pragma once

#include "model/function.hpp"
#include "model/names.hpp"

#include <map>
#include <string>
#include <vector>

namespace lmi::emulator::model {

struct LayerVersion {
  unsigned number = 0;
  std::string description;
  std::string license;
  std::vector<std::string> compatible_runtimes;
  std::vector<std::string> compatible_architectures;
  std::string created;  ///< As AWS writes it in CreatedDate.
  CodePackage code;
};

struct Layer {
  std::string name;
  Scope scope;
  unsigned next_version = 1;  ///< Numbers are never used twice.
  std::map<unsigned, LayerVersion> versions;

  std::string arn() const { return layer_arn(scope, name); }
  std::string arn(unsigned version) const { return arn() + ":" + std::to_string(version); }
};

}  // namespace lmi::emulator::model
