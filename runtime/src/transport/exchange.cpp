#include "transport/exchange.hpp"

namespace lmi::transport {

std::optional<std::string> exchange(Connection& connection, std::string_view head, std::string_view body,
                                    wire::ReplyParser& parser) {
  using State = wire::ReplyParser::State;
  if (const auto failure = connection.connect()) return "cannot connect: " + failure.message();
  if (const auto failure = connection.send({.head = head, .body = body}))
    return "cannot send: " + failure.message();
  parser.start();
  auto state = State::incomplete;
  while (state == State::incomplete) {
    std::error_code failure;
    const auto bytes = connection.receive(parser.space(), failure);
    if (failure) return "no reply: " + failure.message();
    state = bytes > 0 ? parser.received(bytes) : parser.closed();
  }
  if (state == State::malformed) return parser.problem();
  return std::nullopt;
}

}  // namespace lmi::transport
