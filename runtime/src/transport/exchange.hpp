#pragma once

#include "transport/connection.hpp"
#include "wire/reply.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lmi::transport {

/// Connects, sends one request and waits for its reply, which is then parser.reply(). Returns nothing, or
/// what went wrong. For the few requests that are not a slot's.
/// Connection::limit_until() bounds all of it.
std::optional<std::string> exchange(Connection& connection, std::string_view head, std::string_view body,
                                    wire::ReplyParser& parser);

}  // namespace lmi::transport
