#include "model/runtimes.hpp"

#include <algorithm>
#include <array>

namespace lmi::emulator::model {
namespace {

/// Recorded: the enumeration in the service's refusal of a runtime it does not know.
const std::vector<std::string> current = {
    "nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x",
    "java25",     "python3.10", "python3.11",      "java21",     "ruby3.3",    "ruby3.4",    "ruby3.2",
    "python3.8",  "python3.9",  "java17",          "nodejs16.x", "dotnet10",   "dotnet8",    "java11",
    "dotnet6",    "nodejs18.x", "provided.al2",    "java8.al2"};

constexpr std::array<std::string_view, 20> deprecated = {
    "dotnetcore1.0", "dotnetcore2.0",  "dotnetcore2.1", "dotnetcore3.1", "go1.x",
    "java8",         "nodejs",         "nodejs10.x",    "nodejs12.x",    "nodejs14.x",
    "nodejs4.3",     "nodejs4.3-edge", "nodejs6.10",    "nodejs8.10",    "provided",
    "python2.7",     "python3.6",      "python3.7",     "ruby2.5",       "ruby2.7"};

struct ManagedRuntime {
  std::string_view name;
  unsigned concurrency_per_vcpu;
};
constexpr std::array<ManagedRuntime, 9> managed = {{{"nodejs22.x", 64},
                                                    {"nodejs24.x", 64},
                                                    {"python3.13", 16},
                                                    {"python3.14", 16},
                                                    {"java21", 32},
                                                    {"java25", 32},
                                                    {"dotnet8", 32},
                                                    {"dotnet10", 32},
                                                    {"provided.al2023", 8}}};

}  // namespace

const std::vector<std::string>& current_runtimes() {
  return current;
}

RuntimeStatus runtime_status(std::string_view runtime) {
  if (std::find(current.begin(), current.end(), runtime) != current.end()) return RuntimeStatus::current;
  const bool was = std::find(deprecated.begin(), deprecated.end(), runtime) != deprecated.end();
  return was ? RuntimeStatus::deprecated : RuntimeStatus::unknown;
}

std::optional<unsigned> managed_concurrency_per_vcpu(std::string_view runtime) {
  const auto found = std::find_if(managed.begin(), managed.end(),
                                  [runtime](const ManagedRuntime& entry) { return entry.name == runtime; });
  if (found == managed.end()) return std::nullopt;
  return found->concurrency_per_vcpu;
}

}  // namespace lmi::emulator::model
