#include "events/sink_map.hpp"

#include <utility>

namespace lmi::emulator::events {

std::optional<SinkMap::value_type> parse_sink(std::string_view text) {
  constexpr std::string_view file = "file:";
  const std::size_t equals = text.find('=');
  if (equals == text.npos || !text.starts_with("arn:")) return std::nullopt;
  std::string arn{text.substr(0, equals)};
  const std::string_view place = text.substr(equals + 1);
  if (place.starts_with(file)) {
    if (place.size() == file.size()) return std::nullopt;
    return SinkMap::value_type{std::move(arn), FileSink{place.substr(file.size())}};
  }
  auto url = http::parse_url(place);
  if (!url) return std::nullopt;
  return SinkMap::value_type{std::move(arn), HttpSink{*std::move(url)}};
}

}  // namespace lmi::emulator::events
