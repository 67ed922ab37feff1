#pragma once

#include <string_view>

namespace lmi::emulator::model {

/// An error of a service that once spoke AWS's query protocol: its code there, and its HTTP status. Clients
/// of such services still go by these codes, whatever protocol they speak.
struct QueryError {
  std::string_view code;
  unsigned status = 400;
};

/// By the code of an ApiError; one that is not known keeps its code, which must stay, and is 400.
QueryError query_error(std::string_view code);

}  // namespace lmi::emulator::model
