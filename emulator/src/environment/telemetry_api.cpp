#include "environment/telemetry_api.hpp"

#include "environment/json_text.hpp"
#include "environment/platform_log.hpp"
#include "environment/replies.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <variant>

namespace lmi::emulator::environment {
namespace {

constexpr std::size_t max_body_bytes = 1024 * 1024;
/// Ours: what a function may print during initialisation before late subscribers miss some of it.
constexpr std::size_t max_history_bytes = 4 * 1024 * 1024;

http::Response validation_error(const std::string& message) {
  return {.status = 400,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = R"({"errorType": "ValidationError", "errorMessage": )" + json_quoted(message) + '}'};
}

bool is_json_object(std::string_view line) {
  return line.starts_with('{') && nlohmann::json::accept(line);
}

}  // namespace

void TelemetryApi::handle_subscribe(http::ExchangePtr exchange, std::string extension) {
  if (closed_) {
    return exchange->respond(
        replies::error(403, "Telemetry.SubscriptionClosed", "Telemetry API subscription is closed"));
  }
  auto& target = *exchange;
  target.read_body(max_body_bytes,
                   [this, weak = std::weak_ptr<const bool>(alive_), exchange = std::move(exchange),
                    extension = std::move(extension)](const http::Body& body) {
                     if (!weak.expired()) on_body(exchange, extension, body);
                   });
}

void TelemetryApi::on_body(const http::ExchangePtr& exchange, const std::string& extension,
                           const http::Body& body) {
  if (body.end == http::BodyEnd::too_large) return exchange->respond(replies::too_large(max_body_bytes));
  if (body.end != http::BodyEnd::complete) return exchange->respond(replies::truncated());
  auto parsed = parse_subscription(body.data, spec_.max_concurrency.has_value());
  if (const auto* problem = std::get_if<TelemetryProblem>(&parsed))
    return exchange->respond(validation_error(problem->message));

  auto& subscription = std::get<TelemetrySubscription>(parsed);
  std::unique_ptr<http::Outlet> outlet;
  if (const auto* target = std::get_if<TelemetryHttp>(&subscription.destination)) {
    outlet = network_.open_post_outlet(
        {.port = target->port, .authority = target->authority, .path = target->path});
  } else {
    outlet = network_.open_stream_outlet(std::get<TelemetryTcp>(subscription.destination).port);
  }
  const auto types = subscription.types();
  auto feed = std::make_unique<TelemetryFeed>(loop_, std::move(outlet), std::move(subscription));
  for (const auto& event : history_) deliver(*feed, event);
  feeds_.insert_or_assign(extension, std::move(feed));
  exchange->respond(
      {.status = 200, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = "\"OK\""});
  subscribed_(extension, types);
}

void TelemetryApi::add(LogSource source, std::string_view line) {
  if (closed_ && feeds_.empty()) return;  // nobody listens, and nobody will
  Event event{source, std::string{line}, utc_text()};
  for (const auto& [name, feed] : feeds_) deliver(*feed, event);
  if (closed_ || history_bytes_ + line.size() > max_history_bytes) return;
  history_bytes_ += line.size();
  history_.push_back(std::move(event));
}

void TelemetryApi::deliver(TelemetryFeed& feed, const Event& event) {
  if (!feed.subscription().wants(event.source)) return;
  if (event.source == LogSource::platform) return feed.add(event.line);
  const bool as_it_is = feed.subscription().structured_lines && is_json_object(event.line);
  feed.add(R"({"time":")" + event.time + R"(","type":")" +
           (event.source == LogSource::function ? "function" : "extension") + R"(","record":)" +
           (as_it_is ? event.line : json_quoted(event.line)) + '}');
}

void TelemetryApi::close_subscription() {
  closed_ = true;
  std::vector<Event>{}.swap(history_);
}

void TelemetryApi::flush(std::chrono::milliseconds limit, std::function<void()> done) {
  if (feeds_.empty()) return done();
  // Shared by the feeds' callbacks and the timer: the last one home, or the time, tells.
  struct Rest {
    std::size_t feeds;
    std::function<void()> done;
  };
  auto rest = std::make_shared<Rest>(Rest{feeds_.size(), std::move(done)});
  flush_timer_ = loop_.after(limit, [rest] {
    if (const auto tell = std::exchange(rest->done, nullptr)) tell();
  });
  for (const auto& [name, feed] : feeds_) {
    feed->flush([this, rest] {
      if (--rest->feeds > 0) return;
      flush_timer_.cancel();
      if (const auto tell = std::exchange(rest->done, nullptr)) tell();
    });
  }
}

}  // namespace lmi::emulator::environment
