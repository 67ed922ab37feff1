#include "lmi/auth.hpp"

#include <utility>

namespace lmi {

Authorize::Authorize(Check check, Refusal refusal) : check_{std::move(check)}, refusal_{refusal} {}

Decision Authorize::before(const RawEvent& event, Context& context) {
  if (check_(event, context)) return go_on;
  if (refusal_ == Refusal::error) return Error{.type = "Unauthorized", .message = "not authorized"};
  // statusDescription is what an ALB asks for; the others leave it alone.
  return Payload{.data = R"({"statusCode":401,"statusDescription":"401 Unauthorized",)"
                         R"("headers":{"content-type":"application/json"},)"
                         R"("isBase64Encoded":false,"body":"{\"message\":\"Unauthorized\"}"})"};
}

}  // namespace lmi
