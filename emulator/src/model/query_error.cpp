#include "model/query_error.hpp"

#include <algorithm>
#include <array>

namespace lmi::emulator::model {
namespace {

struct Row {
  std::string_view code;
  QueryError error;
};

// AWS documentation ("common errors"), and the API model of CloudWatch.
constexpr std::array<Row, 9> rows = {{
    {"MissingAuthenticationTokenException", {"MissingAuthenticationToken", 403}},
    {"IncompleteSignatureException", {"IncompleteSignature", 400}},
    {"InvalidSignatureException", {"SignatureDoesNotMatch", 403}},
    {"UnrecognizedClientException", {"InvalidClientTokenId", 403}},
    {"AccessDeniedException", {"AccessDenied", 403}},
    {"InvalidParameterValueException", {"InvalidParameterValue", 400}},
    {"InvalidParameterCombinationException", {"InvalidParameterCombination", 400}},
    {"MissingRequiredParameterException", {"MissingParameter", 400}},
    {"UnknownOperationException", {"InvalidAction", 400}},
}};

}  // namespace

QueryError query_error(std::string_view code) {
  const auto* found =
      std::find_if(rows.begin(), rows.end(), [code](const Row& row) { return row.code == code; });
  return found == rows.end() ? QueryError{code, 400} : found->error;
}

}  // namespace lmi::emulator::model
