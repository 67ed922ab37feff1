#include "lmi/events/batch.hpp"

#include "core/json_text.hpp"
#include "lmi/log.hpp"
#include "wire/error_report.hpp"

#include <nlohmann/json.hpp>

namespace lmi {

void to_json(nlohmann::json& json, const BatchResponse& response) {
  auto failures = nlohmann::json::array();
  for (const auto& id : response.failures) failures.push_back({{"itemIdentifier", id}});
  json = {{"batchItemFailures", std::move(failures)}};
}

void Codec<BatchResponse>::encode(const BatchResponse& response, Payload& answer) {
  auto& out = answer.data;
  out = "{\"batchItemFailures\":[";
  for (std::size_t i = 0; i < response.failures.size(); ++i) {
    out += i == 0 ? "{\"itemIdentifier\":\"" : ",{\"itemIdentifier\":\"";
    core::append_json_text(out, response.failures[i]);
    out += "\"}";
  }
  out += "]}";
}

Error detail::describe_failure(const std::exception_ptr& failure) {
  return wire::describe(failure);
}

void detail::log_failed_item(const Context& context, std::string_view source, std::string_view item,
                             const Error& error) {
  context.log().warn("batch.item_failed source={} item={} error={} message=\"{}\"", source, item, error.type,
                     error.message);
}

}  // namespace lmi
