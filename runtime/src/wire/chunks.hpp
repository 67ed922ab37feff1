#pragma once

#include "lmi/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::wire {

// The framing of a streamed answer's body: HTTP/1.1 chunks, then trailers. No I/O.

/// Goes after each chunk's bytes.
inline constexpr std::string_view chunk_end = "\r\n";

/// Appends what goes before the `size` bytes of a chunk. Not for 0: that would be the end.
void append_chunk_start(std::size_t size, std::string& out);

/// Appends the end of the body. With an error: the trailers that tell the platform its type and, in base64,
/// its body, cut to what a header may hold.
void append_stream_end(const Error* error, std::string& out);

}  // namespace lmi::wire
