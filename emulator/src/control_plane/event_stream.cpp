#include "control_plane/event_stream.hpp"

#include <nlohmann/json.hpp>

#include <zlib.h>

#include <cstdint>

namespace lmi::emulator::control_plane::event_stream {
namespace {

void append_big_endian(std::string& to, std::uint32_t value, unsigned bytes) {
  for (unsigned shift = 8 * bytes; shift > 0; shift -= 8) {
    to.push_back(static_cast<char>((value >> (shift - 8)) & 0xFFU));
  }
}

void append_header(std::string& to, std::string_view name, std::string_view value) {
  constexpr char string_type = 7;
  append_big_endian(to, static_cast<std::uint32_t>(name.size()), 1);
  to.append(name).push_back(string_type);
  append_big_endian(to, static_cast<std::uint32_t>(value.size()), 2);
  to.append(value);
}

std::uint32_t checksum(std::string_view bytes) {
  const auto start = crc32(0, nullptr, 0);
  return static_cast<std::uint32_t>(
      crc32(start, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string event(std::string_view type, std::string_view payload_type, std::string_view payload) {
  std::string headers;
  append_header(headers, ":message-type", "event");
  append_header(headers, ":event-type", type);
  append_header(headers, ":content-type", payload_type);

  constexpr std::size_t around = 16;  // two lengths and two checksums
  std::string frame;
  frame.reserve(around + headers.size() + payload.size());
  append_big_endian(frame, static_cast<std::uint32_t>(around + headers.size() + payload.size()), 4);
  append_big_endian(frame, static_cast<std::uint32_t>(headers.size()), 4);
  append_big_endian(frame, checksum(frame), 4);
  frame.append(headers).append(payload);
  append_big_endian(frame, checksum(frame), 4);
  return frame;
}

}  // namespace

std::string payload_chunk(std::string_view bytes) {
  return event("PayloadChunk", "application/octet-stream", bytes);
}

std::string invoke_complete(const Completion& completion) {
  nlohmann::ordered_json body = nlohmann::ordered_json::object();
  const auto add = [&body](const char* member, const std::string& value) {
    if (!value.empty()) body[member] = value;
  };
  add("ErrorCode", completion.error_code);
  add("ErrorDetails", completion.error_details);
  add("LogResult", completion.log_result);
  // The details come from the function and may be broken UTF-8.
  return event("InvokeComplete", "application/json",
               body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace lmi::emulator::control_plane::event_stream
