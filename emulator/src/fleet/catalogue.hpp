#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::fleet {

/// One EC2 instance type as far as the fleet cares.
struct InstanceType {
  std::string name;          ///< E.g. "m7g.xlarge".
  std::string architecture;  ///< "x86_64" or "arm64".
  unsigned vcpus = 0;
  unsigned memory_mb = 0;
  std::optional<double> usd_per_hour;  ///< On demand; absent: not known.
};

/// The instance types there are, in no particular order.
using Catalogue = std::vector<InstanceType>;

/// Whether `name` matches `pattern`, in which '*' stands for any run of characters.
bool matches(std::string_view pattern, std::string_view name) noexcept;

/// The types a provider may launch: of its architecture, matching one of `allowed` (empty: all of them) and
/// none of `excluded`. Sorted by name, so that the order of the catalogue decides nothing.
Catalogue eligible_types(const Catalogue& all, std::string_view architecture,
                         std::span<const std::string> allowed, std::span<const std::string> excluded);

}  // namespace lmi::emulator::fleet
