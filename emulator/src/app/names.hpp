#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::app {

/// Makes the names that AWS would give to what the emulator only imagines.
class NameSource {
 public:
  explicit NameSource(std::uint64_t seed) : random_{seed} {}

  std::string instance_id() { return "i-0" + hex(16); }
  std::string environment_id() { return "ee-" + hex(16); }

 private:
  std::string hex(std::size_t digits);
  std::mt19937_64 random_;
};

/// The availability zone of each subnet, in the order of `subnet_ids`: the same subnet is in the same zone in
/// every run, and up to six different subnets of a provider are in six different zones.
std::vector<std::string> zones_of_subnets(const std::vector<std::string>& subnet_ids,
                                          std::string_view region);

/// "2026/11/22/[7]ee-0123…", as Lambda names the stream of one environment.
std::string log_stream(std::chrono::system_clock::time_point day, std::string_view version,
                       std::string_view environment_id);

/// Region and account of "arn:aws:lambda:REGION:ACCOUNT:…"; empty where `arn` has no such part.
struct ArnParts {
  std::string region;
  std::string account_id;
};
ArnParts parts_of_arn(std::string_view arn);

}  // namespace lmi::emulator::app
