#include "control_plane/services.hpp"

#include "model/utc_time.hpp"

#include <utility>

namespace lmi::emulator::control_plane {

std::string Services::timestamp() const {
  return model::utc_text(config.wall_clock(), "+0000");
}

void Services::commit(store::Changes changes, Respond respond, Reply reply,
                      std::function<void()> then) const {
  store.write(std::move(changes), [respond = std::move(respond), reply = std::move(reply),
                                   then = std::move(then)](const std::string& failure) {
    if (!failure.empty()) return respond(model::service_error(failure));
    if (then) then();
    respond(reply);
  });
}

void Services::save(const model::Function& function) const {
  // Nobody waits for this: a restart settles such states anew, and the next write reports a failure.
  store.write({store::PutFunction{persistent(function)}}, [](const std::string&) {});
}

Reply json_reply(unsigned status, const nlohmann::json& body) {
  // Text from outside may be broken UTF-8; an answer always is JSON.
  return {
      status, {}, "application/json", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Reply empty_reply(unsigned status) {
  return {status, {}, "", ""};
}

}  // namespace lmi::emulator::control_plane
