#include "control_plane/policy_statement.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using Json = nlohmann::ordered_json;

bool is_account(const std::string& text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Json> principal_of(const std::string& given) {
  if (given == "*") return Json("*");
  if (given.ends_with(".amazonaws.com")) return Json{{"Service", given}};
  if (is_account(given)) return Json{{"AWS", "arn:aws:iam::" + given + ":root"}};
  if (given.starts_with("arn:") && given.find(":iam::") != std::string::npos) return Json{{"AWS", given}};
  return std::nullopt;
}

struct ConditionRow {
  const char* member;
  const char* test;
  const char* key;
};

// AWS documentation: "Condition keys" of Lambda and of resource policies.
constexpr std::array<ConditionRow, 5> conditions = {{
    {"FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"},
    {"PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"},
    {"SourceAccount", "StringEquals", "AWS:SourceAccount"},
    {"EventSourceToken", "StringEquals", "lambda:EventSourceToken"},
    {"SourceArn", "ArnLike", "AWS:SourceArn"},
}};

}  // namespace

model::Result<Json> policy_statement(const Call& call, const std::string& resource) {
  auto principal = principal_of(call.text("Principal"));
  if (!principal) {  // recorded
    return model::invalid_parameter(
        "The provided principal was invalid. Please check the principal and try again.");
  }
  Json statement = {{"Sid", call.text("StatementId")},
                    {"Effect", "Allow"},
                    {"Principal", std::move(*principal)},
                    {"Action", call.text("Action")},
                    {"Resource", resource}};
  for (const ConditionRow& row : conditions) {
    const std::string value = call.text(row.member);
    if (!value.empty()) statement["Condition"][row.test][row.key] = value;
  }
  if (call.input.contains("InvokedViaFunctionUrl")) {
    statement["Condition"]["Bool"]["lambda:InvokedViaFunctionUrl"] =
        call.flag("InvokedViaFunctionUrl") ? "true" : "false";
  }
  return model::Result<Json>{boost::system::in_place_value, std::move(statement)};
}

}  // namespace lmi::emulator::control_plane
