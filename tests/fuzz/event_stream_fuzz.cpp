// Makes event streams of what comes, and reads what comes as one. What InvokeWithResponseStream writes is
// read back whole, whatever the function sent; a changed or cut stream is noticed; no bytes upset the reader.

#include "control_plane/event_stream.hpp"
#include "fuzz/driver.hpp"
#include "support/event_stream_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace lmi::emulator::control_plane;
using lmi::fuzz::broken;

/// nullopt: the reader has refused it. Anything else that it throws ends the program.
std::optional<std::vector<frames::Frame>> read(std::string_view bytes) {
  try {
    return frames::read_frames(bytes);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

/// The answer `input` in chunks of `piece` bytes, and its end.
std::string written(std::string_view input, std::size_t piece) {
  std::string stream;
  for (std::size_t at = 0; at < input.size(); at += piece) {
    stream += event_stream::payload_chunk(input.substr(at, piece));
  }
  const std::string text{input};
  return stream + event_stream::invoke_complete({"Unhandled", text, text});
}

void check_round_trip(std::string_view input, std::size_t piece) {
  const auto all = read(written(input, piece));
  if (!all || all->empty()) broken("what is written can be read", input);
  std::string answer;
  for (std::size_t i = 0; i + 1 < all->size(); ++i) {
    if (all->at(i).headers.at(":event-type") != "PayloadChunk") broken("chunks come first", input);
    answer += all->at(i).payload;
  }
  if (answer != input) broken("the answer arrives as it was sent", input);
  if (all->back().headers.at(":event-type") != "InvokeComplete") broken("the end comes last", input);
  const auto end = nlohmann::json::parse(all->back().payload, nullptr, false);
  if (!end.is_object() || end.value("ErrorCode", "") != "Unhandled") broken("the end is JSON", input);
  if (input.empty() == end.contains("ErrorDetails")) broken("details are told when there are any", input);
}

/// Each byte is covered by a checksum, and a frame says how long it is.
void check_damage(std::string_view input) {
  const std::string stream = written(input.substr(0, 64), 16);
  for (std::size_t at = input.size() % 5; at < stream.size(); at += 5) {
    std::string changed = stream;
    changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(1U << (at % 8)));
    if (read(changed)) broken("a changed byte is noticed", input);
  }
  const std::string last = event_stream::payload_chunk(input.substr(0, 16));
  for (std::size_t left = 1; left < last.size(); ++left) {
    if (read(std::string_view{last}.substr(0, left))) broken("half a frame is noticed", input);
  }
}

void append_number(std::string& to, std::size_t value) {
  for (unsigned shift = 32; shift > 0; shift -= 8) to.push_back(static_cast<char>(value >> (shift - 8)));
}

/// A frame whose lengths and checksums are right and whose headers are `input`.
std::string with_headers(std::string_view input) {
  std::string frame;
  append_number(frame, 16 + input.size());
  append_number(frame, input.size());
  append_number(frame, frames::checksum_of(frame));
  frame.append(input);
  append_number(frame, frames::checksum_of(frame));
  return frame;
}

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  (void)read(input);
  (void)read(with_headers(input));
  constexpr std::size_t largest = event_stream::max_chunk_bytes;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, largest}) {
    check_round_trip(input.substr(0, piece == 1 ? 200 : input.size()), piece);
  }
  check_damage(input);
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  static constexpr std::string_view all[] = {std::string_view{"\0\0\0\0", 4},
                                             std::string_view{"\0\0\0\x10", 4},
                                             "\xff\xff\xff\xff",
                                             std::string_view{"\x07\0\0", 3},
                                             "\x0b:event-type\x07",
                                             ":message-type",
                                             "PayloadChunk",
                                             "InvokeComplete",
                                             "\x80",
                                             "\xed\xa0\x80",
                                             "\"",
                                             "\\u0000"};
  return all;
}
