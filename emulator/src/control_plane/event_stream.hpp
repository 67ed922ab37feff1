#pragma once

#include <string>
#include <string_view>

/// The frames of application/vnd.amazon.eventstream that InvokeWithResponseStream answers with
/// (control-plane.md §6). Pure.
namespace lmi::emulator::control_plane::event_stream {

inline constexpr const char* content_type = "application/vnd.amazon.eventstream";

/// Frames stay far below what clients take for one message (16 MB in botocore).
inline constexpr std::size_t max_chunk_bytes = 256 * 1024;

/// One PayloadChunk. Precondition: at most max_chunk_bytes.
std::string payload_chunk(std::string_view bytes);

/// What an InvokeComplete tells; an empty member is left out.
struct Completion {
  std::string error_code;     ///< "Unhandled" after a failure of the function.
  std::string error_details;  ///< What Invoke would give as payload of the failure: JSON text.
  std::string log_result;     ///< Base64, as in X-Amz-Log-Result.
};
std::string invoke_complete(const Completion& completion);

}  // namespace lmi::emulator::control_plane::event_stream
