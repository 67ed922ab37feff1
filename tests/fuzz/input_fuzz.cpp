// Feeds changed requests to router, binder and validator: a corpus file is "METHOD TARGET" on one line, then
// the body. Whatever comes, it is an input that keeps the model's promises, or one of the errors AWS has for
// that.

#include "fuzz/driver.hpp"
#include "model/api_model.hpp"
#include "model/binder.hpp"
#include "model/router.hpp"
#include "model/validator.hpp"

#include <array>
#include <string>

namespace {

using namespace lmi::emulator::model;
using lmi::fuzz::broken;

const ApiModel& api() {
  static const ApiModel loaded = ApiModel::load();
  return loaded;
}

void check_error(const ApiError& error, std::string_view input) {
  const bool known = error.code == "InvalidRequestContentException" ||
                     error.code == "SerializationException" || error.code == "ValidationException";
  if (!known) broken("a bad input has one of three codes", input);
  if (error.message.empty()) broken("an error says what is wrong", input);
}

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  static const Router router{api()};
  const auto line_end = input.find('\n');
  const std::string_view line = input.substr(0, line_end);
  const std::string_view body = line_end == std::string_view::npos ? "" : input.substr(line_end + 1);
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return;
  const auto route = router.route(line.substr(0, blank), line.substr(blank + 1));
  if (!route) return;

  static const std::string header = "Event";
  const auto bound = bind_input(
      *route, [](std::string_view name) { return name == "X-Amz-Invocation-Type" ? &header : nullptr; },
      body);
  if (!bound) return check_error(bound.error(), input);
  for (const Violation& violation : validate(route->operation->input, bound->members)) {
    const Member* payload = route->operation->payload_member();
    if (!payload || violation.path != payload->path_name) broken("what was bound is valid", input);
  }
  if (bound->members.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).empty())
    broken("an input can be written down", input);
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  static constexpr std::string_view all[] = {
      "null",
      "{}",
      "[]",
      "\"\"",
      "-1",
      "4.0",
      "1e999",
      "9223372036854775808",
      "true",
      "\"\\u0000\"",
      "\"\\ud800\"",
      "[[[[[[[[",
      "{\"a\":{\"a\":",
      "%",
      "%2F",
      "%00",
      "%24LATEST",
      "?Qualifier=",
      "&List=ALL",
      "arn%3Aaws%3Alambda",
      "\xff",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"};
  return all;
}
