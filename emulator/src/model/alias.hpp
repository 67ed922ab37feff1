#pragma once

#include <optional>
#include <string>

namespace lmi::emulator::model {

/// A name for a version, or for two: the share `weight` of the calls goes to the second.
struct Alias {
  struct SecondVersion {
    std::string qualifier;  ///< A version number.
    double weight = 0;      ///< 0 to 1.
    friend bool operator==(const SecondVersion&, const SecondVersion&) = default;
  };

  std::string name;
  std::string version;  ///< "$LATEST", "$LATEST.PUBLISHED" or a number.
  std::string description;
  std::optional<SecondVersion> second;
  std::string revision_id;

  bool points_to(const std::string& qualifier) const {
    return version == qualifier || (second && second->qualifier == qualifier);
  }
};

}  // namespace lmi::emulator::model
