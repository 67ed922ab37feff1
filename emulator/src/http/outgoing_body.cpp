#include "http/outgoing_body.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace lmi::emulator::http {

bool OutgoingBody::add(const std::string& bytes, More& more) {
  // An empty chunk would be the last one.
  if (bytes.empty() || framing_ == BodyFraming::none) return false;
  if (framing_ == BodyFraming::chunked) {
    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
    waiting_.append(size.data(), end).append("\r\n").append(bytes).append("\r\n");
  } else {
    waiting_ += bytes;
  }
  if (more) waiting_told_.push_back(std::move(more));
  return true;
}

void OutgoingBody::finish() {
  if (finished_) return;
  finished_ = true;
  if (framing_ == BodyFraming::chunked) waiting_ += "0\r\n\r\n";
}

std::string OutgoingBody::next() {
  under_way_told_ = std::exchange(waiting_told_, {});
  return std::exchange(waiting_, {});
}

std::vector<More> OutgoingBody::written() {
  return std::exchange(under_way_told_, {});
}

std::vector<More> OutgoingBody::give_up() {
  std::vector<More> all = written();
  for (More& more : waiting_told_) all.push_back(std::move(more));
  waiting_told_.clear();
  waiting_.clear();
  return all;
}

}  // namespace lmi::emulator::http
