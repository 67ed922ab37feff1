#include "telemetry/http_trace_headers.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace lmi::telemetry {
namespace {

bool same_name(std::string_view given, std::string_view lower) {
  return given.size() == lower.size() &&
         std::equal(given.begin(), given.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

/// Follows the members of the root's "headers" and "multiValueHeaders". Where an event has both, they say the
/// same: the one that comes last counts, and a repeated header is seen as such in the second.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<std::string> parents;
  std::vector<std::string> states;

  bool key(std::string& name) override {
    if (depth_ == 1) {
      in_headers_ = name == "headers" || name == "multiValueHeaders";
    } else if (depth_ == 2 && in_headers_) {
      wanted_ = same_name(name, "traceparent") ? &parents : same_name(name, "tracestate") ? &states : nullptr;
      if (wanted_ != nullptr) wanted_->clear();
    }
    return true;
  }
  bool string(std::string& text) override {
    if (wanted_ != nullptr) wanted_->push_back(text);
    return after_value();
  }
  bool start_object(std::size_t /*elements*/) override { return down(); }
  bool end_object() override { return up(); }
  bool start_array(std::size_t /*elements*/) override { return down(); }
  bool end_array() override { return up(); }
  bool null() override { return after_value(); }
  bool boolean(bool /*value*/) override { return after_value(); }
  bool number_integer(std::int64_t /*value*/) override { return after_value(); }
  bool number_unsigned(std::uint64_t /*value*/) override { return after_value(); }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return after_value(); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return after_value(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*why*/) override {
    return false;
  }

 private:
  bool down() {
    ++depth_;
    return true;
  }
  bool up() {
    --depth_;
    return after_value();
  }
  /// A header's value is over once the depth of its name is reached again.
  bool after_value() {
    if (depth_ <= 2) wanted_ = nullptr;
    return true;
  }

  int depth_ = 0;
  bool in_headers_ = false;
  std::vector<std::string>* wanted_ = nullptr;
};

}  // namespace

std::optional<HttpTraceHeaders> http_trace_headers(std::string_view event) {
  // Most events are no HTTP events, and a search is far cheaper than a parse.
  if (event.find("eaders\"") == std::string_view::npos) return std::nullopt;
  HeaderReader reader;
  if (!nlohmann::json::sax_parse(event, &reader)) return std::nullopt;
  if (reader.parents.size() != 1) return std::nullopt;
  HttpTraceHeaders headers{.traceparent = std::move(reader.parents.front()), .tracestate = {}};
  for (const auto& state : reader.states) {
    if (!headers.tracestate.empty()) headers.tracestate.push_back(',');
    headers.tracestate.append(state);
  }
  return headers;
}

}  // namespace lmi::telemetry
