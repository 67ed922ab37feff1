#pragma once

#include "loop/asio_loop.hpp"

#include <boost/asio/io_context.hpp>

namespace lmi::emulator {

/// For http/ only, which opens sockets on the loop's io_context.
boost::asio::io_context& io_context_of(AsioLoop& loop) noexcept;

}  // namespace lmi::emulator
