#include "extension/telemetry_batch.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <string>

namespace lmi::extension {
namespace {

using nlohmann::json;

/// Walks over JSON text that is known to be valid, without building values.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_{text} {}

  /// The character at the cursor, behind white space; 0 at the end.
  char peek() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void step() { ++at_; }

  /// The text of the value at the cursor, which is behind it afterwards.
  std::string_view value() {
    const char first = peek();
    const auto start = at_;
    if (first == '"') {
      skip_string();
    } else if (first == '{' || first == '[') {
      skip_nested();
    } else {
      while (at_ < text_.size() && text_.find_first_of(",]} \t\r\n", at_) != at_) ++at_;
    }
    return text_.substr(start, at_ - start);
  }

 private:
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }

  void skip_nested() {
    std::size_t depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

template <class F>
void each_element(std::string_view array, F use) {
  Walker walker{array};
  walker.peek();
  walker.step();
  while (walker.peek() != ']') {
    use(walker.value());
    if (walker.peek() == ',') walker.step();
  }
}

/// `use(key, value)`: both as text, the key with its quotes.
template <class F>
void each_member(std::string_view object, F use) {
  Walker walker{object};
  walker.peek();
  walker.step();
  while (walker.peek() != '}') {
    const auto key = walker.value();
    walker.peek();
    walker.step();  // the colon
    use(key, walker.value());
    if (walker.peek() == ',') walker.step();
  }
}

/// The text inside a JSON string.
std::string plain(std::string_view quoted) {
  if (quoted.find('\\') != std::string_view::npos) return json::parse(quoted).get<std::string>();
  return std::string{quoted.substr(1, quoted.size() - 2)};
}

/// "2026-11-21T23:31:04.802Z", any number of decimals; 1970 when it is something else.
std::chrono::system_clock::time_point to_time(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size() || text.back() != 'Z') return {};
  int fields[6] = {};
  const std::size_t at[6] = {0, 5, 8, 11, 14, 17};
  for (int i = 0; i < 6; ++i) {
    const auto* begin = text.data() + at[i];
    const auto* end = begin + (i == 0 ? 4 : 2);
    if (std::from_chars(begin, end, fields[i]).ptr != end) return {};
  }
  namespace ch = std::chrono;
  const ch::year_month_day day{ch::year{fields[0]}, ch::month{static_cast<unsigned>(fields[1])},
                               ch::day{static_cast<unsigned>(fields[2])}};
  if (!day.ok()) return {};
  auto fraction = text.substr(form.size(), text.size() - form.size() - 1);
  ch::nanoseconds rest{0};
  if (fraction.starts_with('.')) {
    std::int64_t unit = 100'000'000;
    for (const char c : fraction.substr(1)) {
      if (c < '0' || c > '9') return {};
      rest += ch::nanoseconds{(c - '0') * unit};
      unit /= 10;
    }
  }
  return ch::sys_days{day} + ch::hours{fields[3]} + ch::minutes{fields[4]} + ch::seconds{fields[5]} + rest;
}

std::optional<TelemetryEvent> read_telemetry(std::string_view text) {
  if (!text.starts_with('{')) return std::nullopt;
  TelemetryEvent event;
  each_member(text, [&](std::string_view key, std::string_view value) {
    const bool is_text = value.starts_with('"');
    if (key == R"("time")" && is_text) event.time = to_time(plain(value));
    if (key == R"("type")" && is_text) event.type = plain(value);
    if (key == R"("record")") event.record = value;
  });
  if (event.type.empty() || event.record.empty()) return std::nullopt;
  if (event.record.starts_with('{')) {
    each_member(event.record, [&](std::string_view key, std::string_view value) {
      if (key == R"("requestId")" && value.starts_with('"')) event.request_id = plain(value);
    });
  }
  return event;
}

}  // namespace

std::optional<TelemetryBatch> read_batch(std::string_view body) {
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || body[start] != '[' || !json::accept(body)) return std::nullopt;
  TelemetryBatch batch;
  each_element(body, [&](std::string_view text) {
    if (auto event = read_telemetry(text)) {
      batch.events.push_back(*std::move(event));
    } else {
      ++batch.malformed_events;
    }
  });
  return batch;
}

std::optional<TelemetryDropped> read_dropped(const TelemetryEvent& event) {
  if (event.type != "platform.logsDropped" || !event.record.starts_with('{')) return std::nullopt;
  TelemetryDropped dropped;
  const auto number = [](std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  each_member(event.record, [&](std::string_view key, std::string_view value) {
    if (key == R"("droppedRecords")") dropped.records = number(value);
    if (key == R"("droppedBytes")") dropped.bytes = number(value);
    if (key == R"("reason")" && value.starts_with('"')) dropped.reason = plain(value);
  });
  return dropped;
}

}  // namespace lmi::extension
