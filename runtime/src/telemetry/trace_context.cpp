#include "lmi/trace.hpp"
#include "telemetry/trace_state.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace lmi {
namespace {

/// -1 for anything but a lower-case hexadecimal digit.
int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::uint8_t> byte(std::string_view two) {
  const int high = digit(two[0]);
  const int low = digit(two[1]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<std::uint8_t>(high * 16 + low);
}

void fill_random(std::uint8_t* place, std::size_t size) {
  while (size > 0) {
    const auto got = ::getrandom(place, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error{errno, std::system_category(), "getrandom"};
    place += got;
    size -= static_cast<std::size_t>(got);
  }
}

std::string_view without_spaces(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// "1-5759e988-bd862e3fe1be46a994272793"
std::optional<TraceId> xray_root(std::string_view root) {
  constexpr std::size_t size = 35;
  if (root.size() != size || !root.starts_with("1-") || root[10] != '-') return std::nullopt;
  return TraceId::from_hex(std::string{root.substr(2, 8)}.append(root.substr(11)));
}

bool is_lineage(std::string_view text) {
  constexpr std::size_t longest = 255;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != ';'; });
}

}  // namespace

template <std::size_t Size>
std::string TraceBytes<Size>::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * Size);
  for (const auto each : bytes) {
    text.push_back(digits[each >> 4U]);
    text.push_back(digits[each & 0xFU]);
  }
  return text;
}

template <std::size_t Size>
std::optional<TraceBytes<Size>> TraceBytes<Size>::from_hex(std::string_view digits) {
  if (digits.size() != 2 * Size) return std::nullopt;
  TraceBytes id;
  for (std::size_t i = 0; i < Size; ++i) {
    const auto value = byte(digits.substr(2 * i, 2));
    if (!value) return std::nullopt;
    id.bytes[i] = *value;
  }
  if (id.is_none()) return std::nullopt;
  return id;
}

template <std::size_t Size>
TraceBytes<Size> TraceBytes<Size>::random() {
  TraceBytes id;
  while (id.is_none()) fill_random(id.bytes.data(), Size);
  return id;
}

template struct TraceBytes<16>;
template struct TraceBytes<8>;

std::optional<TraceContext> TraceContext::from_xray(std::string_view header, bool if_undecided) {
  TraceContext context;
  context.sampled = if_undecided;
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    const auto field = without_spaces(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));

    const auto equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = field.substr(0, equals);
    const auto value = field.substr(equals + 1);
    if (key == "Root") {
      const auto id = xray_root(value);
      if (!id) return std::nullopt;
      context.trace_id = *id;
    } else if (key == "Parent") {
      const auto id = SpanId::from_hex(value);
      if (!id) return std::nullopt;
      context.span_id = *id;
    } else if (key == "Sampled" && (value == "0" || value == "1")) {
      context.sampled = value == "1";
    } else if (key == "Lineage" && is_lineage(value)) {
      context.lineage = value;
    }
  }
  if (context.trace_id.is_none()) return std::nullopt;
  return context;
}

std::optional<TraceContext> TraceContext::from_w3c(std::string_view traceparent,
                                                   std::string_view tracestate) {
  constexpr std::size_t size = 55;  // of version 00; later versions may only add to it
  constexpr std::uint8_t sampled_flag = 1;
  const auto text = without_spaces(traceparent);
  if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;

  const auto version = byte(text.substr(0, 2));
  const auto trace_id = TraceId::from_hex(text.substr(3, 32));
  const auto span_id = SpanId::from_hex(text.substr(36, 16));
  const auto flags = byte(text.substr(53, 2));
  if (!version || *version == 0xFF || !trace_id || !span_id || !flags) return std::nullopt;
  if (text.size() > size && (*version == 0 || text[size] != '-')) return std::nullopt;

  TraceContext context;
  context.trace_id = *trace_id;
  context.span_id = *span_id;
  context.sampled = (*flags & sampled_flag) != 0;
  context.trace_state = telemetry::valid_trace_state(tracestate);
  return context;
}

TraceContext TraceContext::start(bool sampled) {
  TraceContext context;
  context.trace_id = TraceId::random();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto seconds = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  for (std::size_t i = 4; i-- > 0; seconds >>= 8U)
    context.trace_id.bytes[i] = static_cast<std::uint8_t>(seconds & 0xFFU);
  context.sampled = sampled;
  return context;
}

TraceContext TraceContext::child() const {
  auto context = *this;
  context.span_id = SpanId::random();
  return context;
}

std::string TraceContext::xray() const {
  if (trace_id.is_none()) return {};
  const auto id = trace_id.hex();
  auto header = "Root=1-" + id.substr(0, 8) + "-" + id.substr(8);
  if (!span_id.is_none()) header += ";Parent=" + span_id.hex();
  header += sampled ? ";Sampled=1" : ";Sampled=0";
  if (!lineage.empty()) header += ";Lineage=" + lineage;
  return header;
}

std::string TraceContext::traceparent() const {
  if (trace_id.is_none() || span_id.is_none()) return {};
  return "00-" + trace_id.hex() + "-" + span_id.hex() + (sampled ? "-01" : "-00");
}

std::vector<std::pair<std::string, std::string>> TraceContext::headers() const {
  std::vector<std::pair<std::string, std::string>> all;
  if (auto value = traceparent(); !value.empty()) {
    all.emplace_back("traceparent", std::move(value));
    if (!trace_state.empty()) all.emplace_back("tracestate", trace_state);
  }
  if (auto value = xray(); !value.empty()) all.emplace_back("X-Amzn-Trace-Id", std::move(value));
  return all;
}

}  // namespace lmi
