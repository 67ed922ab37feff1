#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::observe {

/// The parameters of a query string, decoded; the first of a name counts. Absent: a broken percent sequence.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view query);

}  // namespace lmi::emulator::observe
