#pragma once

#include "http/outlet.hpp"

#include <chrono>
#include <memory>

namespace lmi::emulator {
class AsioLoop;
}

namespace lmi::emulator::http {

/// How long a subscriber may take to answer one message. Ours: AWS does not say. Generous, because one that
/// is asked again gets the message twice.
inline constexpr std::chrono::seconds outlet_answer_limit{30};

/// Each message is a POST with a connection of its own; a status of 2xx means taken.
std::unique_ptr<Outlet> make_post_outlet(AsioLoop& loop, PostTarget target);

/// Messages are written as they are to one connection, opened with the first and again when it broke; taken
/// means written.
std::unique_ptr<Outlet> make_stream_outlet(AsioLoop& loop, unsigned short port);

}  // namespace lmi::emulator::http
