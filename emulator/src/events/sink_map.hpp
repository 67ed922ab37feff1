#pragma once

#include "http/url.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lmi::emulator::events {

/// A file to which one line of JSON is appended for each record.
struct FileSink {
  std::filesystem::path path;
};
/// A server that gets each record as the body of a POST; a status of 2xx means taken.
struct HttpSink {
  http::Url url;
};
using Sink = std::variant<FileSink, HttpSink>;

/// What stands in for queues, topics and buses: by ARN.
using SinkMap = std::map<std::string, Sink, std::less<>>;

/// Reads "ARN=http://…" or "ARN=file:PATH". nullopt when `text` is neither.
std::optional<SinkMap::value_type> parse_sink(std::string_view text);

}  // namespace lmi::emulator::events
