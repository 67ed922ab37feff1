#include "control_plane/render.hpp"

namespace lmi::emulator::control_plane {
namespace {

http::Response render_error(const model::ApiModel& model, const model::ApiError& error) {
  const model::ErrorForm form = model.error_form(error.code);
  nlohmann::json body = {{form.capital_message ? "Message" : "message", error.message}};
  // Codes outside the model were recorded without Type.
  if (form.declared && error.typed) body["Type"] = form.is_client_fault ? "User" : "Service";
  if (!error.reason.empty()) body["Reason"] = error.reason;

  http::Response response;
  response.status = form.status;
  response.headers.add("x-amzn-ErrorType", error.code);
  response.headers.add("Content-Type", "application/json");
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

http::Response render_reply(const Reply& reply) {
  http::Response response;
  response.status = reply.status;
  if (!reply.content_type.empty()) response.headers.add("Content-Type", reply.content_type);
  for (const auto& [name, value] : reply.headers) response.headers.add(name, value);
  response.body = reply.body;
  return response;
}

}  // namespace

http::Response render(const model::ApiModel& model, const model::Result<Reply>& outcome,
                      const std::string& request_id) {
  http::Response response = outcome ? render_reply(*outcome) : render_error(model, outcome.error());
  response.headers.add("x-amzn-RequestId", request_id);
  return response;
}

}  // namespace lmi::emulator::control_plane
