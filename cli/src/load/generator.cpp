#include "load/generator.hpp"

#include "load/connection.hpp"
#include "load/pace.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <utility>

namespace lmi::cli::load {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds tick_interval{50};  ///< So late can a time-out be noticed.
constexpr int ticks_per_progress = 5;
/// With fixed concurrency a refused connection is tried again only after this pause, not in a hot loop.
constexpr milliseconds pause_after_failure{20};

tcp::endpoint resolve(asio::io_context& io, const std::string& host, std::uint16_t port) {
  error_code error;
  const auto found =
      tcp::resolver{io}.resolve(host, std::to_string(port), tcp::resolver::numeric_service, error);
  if (error) throw std::runtime_error{"cannot resolve " + host + ": " + error.message()};
  return found.begin()->endpoint();
}

/// Warm-up or measurement: the same pace, another limit, counted or not.
struct Phase {
  bool counted = false;
  Clock::time_point start;
  RunLimit limit;
  std::optional<ConstantRate> pace;  ///< Absent: fixed concurrency.
  std::uint64_t started = 0;

  /// Requests meant to have left by `now`, as far as they belong to this phase. With fixed concurrency: as
  /// many as there are connections for, until the end.
  std::uint64_t due(Clock::time_point now) const {
    if (!pace) return limit.end && now >= *limit.end ? started : limit.requests;
    const auto last = limit.end ? std::min(now, *limit.end - std::chrono::nanoseconds{1}) : now;
    return std::min(pace->due(last), limit.requests);
  }
};

class Generator {
 public:
  Generator(const Plan& plan, const Watchers& watchers)
      : plan_{plan}, watchers_{watchers}, peer_{resolve(io_, plan.host, plan.port)} {
    ended_.on_answer = [this](Connection& connection, const Request& request, const Answer& answer) {
      answered(connection, request, answer);
    };
    ended_.on_failure = [this](Connection& connection, const Request& request, FailureClass why) {
      failed(connection, request, std::move(why));
    };
  }

  Outcome run();

 private:
  void begin(const Phase& phase);
  void pump();
  void arm(std::uint64_t due);
  void wake_at(Clock::time_point when);
  void wait_for_signal();
  void stop(Clock::time_point now);
  void start(Connection& connection, Clock::time_point intended);
  void answered(Connection& connection, const Request& request, const Answer& answer);
  void failed(Connection& connection, const Request& request, FailureClass why);
  void ended(Connection& connection, bool pause);
  Connection* idle_connection();
  void tick();
  void refresh_heads();
  void report_progress() const;
  Phase measurement(Clock::time_point start) const;
  void stop_if_over();

  const Plan& plan_;
  const Watchers& watchers_;
  asio::io_context io_{1};
  asio::steady_timer pace_timer_{io_};
  asio::steady_timer tick_timer_{io_};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
  tcp::endpoint peer_;
  Connection::Ended ended_;

  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  std::vector<std::string> heads_;  ///< One a payload.
  Clock::time_point heads_made_;
  std::optional<Clock::time_point> armed_for_;  ///< When pace_timer_ will call pump().

  Phase phase_;
  bool stopping_ = false;
  unsigned in_flight_ = 0;
  int ticks_ = 0;
  std::uint64_t done_ = 0;
  Clock::time_point last_answer_;
  Clock::time_point stopped_at_;  ///< When the last request had been sent, or none was to be any more.
  Outcome outcome_;
};

Phase Generator::measurement(Clock::time_point start) const {
  Phase phase;
  phase.counted = true;
  phase.start = start;
  if (plan_.requests) phase.limit.requests = *plan_.requests;
  if (plan_.duration) phase.limit.end = start + *plan_.duration;
  if (plan_.rate) phase.pace.emplace(start, *plan_.rate);
  return phase;
}

Outcome Generator::run() {
  refresh_heads();
  wait_for_signal();
  const auto now = Clock::now();
  if (plan_.warmup.count() > 0) {
    Phase warmup;
    warmup.start = now;
    warmup.limit.end = now + plan_.warmup;
    if (plan_.rate) warmup.pace.emplace(now, *plan_.rate);
    begin(warmup);
  } else {
    begin(measurement(now));
  }
  tick();
  io_.run();

  if (phase_.counted) outcome_.unanswered = in_flight_;
  // A quiet end belongs to the measurement: one request in half a second is two a second, however soon it was
  // answered.
  outcome_.elapsed = phase_.counted ? std::max({last_answer_, stopped_at_, phase_.start}) - phase_.start
                                    : Clock::duration{0};
  if (plan_.concurrency && outcome_.succeeded > 0) {
    const auto interval =
        outcome_.elapsed * *plan_.concurrency / static_cast<std::int64_t>(outcome_.succeeded);
    outcome_.corrected = outcome_.latency.corrected_for_coordinated_omission(
        std::chrono::duration_cast<microseconds>(interval).count());
  }
  return std::move(outcome_);
}

/// The first one lets what is in flight end, the second waits for nothing.
void Generator::wait_for_signal() {
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    if (std::exchange(outcome_.interrupted, true)) return io_.stop();
    wait_for_signal();
    stop(Clock::now());
    report_progress();
  });
}

void Generator::begin(const Phase& phase) {
  phase_ = phase;
  pump();
}

/// A connection without a request: an old one, a new one while there may be more, or none.
Connection* Generator::idle_connection() {
  if (!idle_.empty()) {
    auto* connection = idle_.back();
    idle_.pop_back();
    return connection;
  }
  const std::size_t most = plan_.concurrency ? *plan_.concurrency : plan_.max_connections;
  if (connections_.size() >= most) return nullptr;
  return connections_.emplace_back(std::make_unique<Connection>(io_, peer_, ended_)).get();
}

/// Starts what is due and arranges to be called again when more is.
void Generator::pump() {
  if (stopping_) return stop_if_over();
  const auto now = Clock::now();
  const auto due = phase_.due(now);
  Connection* connection = nullptr;
  while (phase_.started < due && (connection = idle_connection()) != nullptr) {
    start(*connection, phase_.pace ? phase_.pace->intended(phase_.started) : now);
  }
  if (!phase_.limit.reached(phase_.started, now)) return arm(due);
  if (!phase_.counted) return begin(measurement(*phase_.limit.end));
  stop(now);
}

/// Sets the timer to when the next request is due, or the phase is over. While requests wait for a
/// connection, or with fixed concurrency, it is the next answer that calls pump().
void Generator::arm(std::uint64_t due) {
  std::optional<Clock::time_point> wake = phase_.limit.end;
  if (phase_.pace && phase_.started >= due) {
    const auto next = phase_.pace->intended(phase_.started);
    wake = wake ? std::min(*wake, next) : next;
  }
  if (wake && wake != armed_for_) wake_at(*wake);
}

void Generator::wake_at(Clock::time_point when) {
  armed_for_ = when;
  pace_timer_.expires_at(when);
  pace_timer_.async_wait([this](error_code error) {
    if (error) return;
    armed_for_.reset();
    pump();
  });
}

void Generator::start(Connection& connection, Clock::time_point intended) {
  Request request;
  request.index = phase_.started++;
  request.payload = static_cast<std::size_t>(request.index % plan_.payloads.size());
  request.counted = phase_.counted;
  request.intended = intended;
  request.head = heads_[request.payload];
  request.body = plan_.payloads[request.payload];
  ++in_flight_;
  if (request.counted) outcome_.peak_in_flight = std::max(outcome_.peak_in_flight, in_flight_);
  connection.send(request);
}

void Generator::answered(Connection& connection, const Request& request, const Answer& answer) {
  const auto now = Clock::now();
  if (request.counted) {
    last_answer_ = now;
    ++done_;
    outcome_.response_bytes += answer.body.size();
    if (succeeded(answer)) {
      ++outcome_.succeeded;
      outcome_.latency.record(std::chrono::duration_cast<microseconds>(now - request.sent).count());
      if (phase_.pace) {
        outcome_.corrected.record(std::chrono::duration_cast<microseconds>(now - request.intended).count());
      }
    } else {
      ++outcome_.failures[classify(answer)];
    }
    if (watchers_.on_answer) watchers_.on_answer(request.index, request.payload, answer);
  }
  ended(connection, false);
}

void Generator::failed(Connection& connection, const Request& request, FailureClass why) {
  const bool pause = plan_.concurrency && why.kind == FailureClass::Kind::connection;
  if (request.counted) {
    last_answer_ = Clock::now();
    ++done_;
    ++outcome_.failures[std::move(why)];
  }
  ended(connection, pause);
}

void Generator::ended(Connection& connection, bool pause) {
  --in_flight_;
  idle_.push_back(&connection);
  if (!pause || stopping_) return pump();
  wake_at(Clock::now() + pause_after_failure);
}

void Generator::tick() {
  const auto now = Clock::now();
  // NOLINTNEXTLINE(modernize-loop-convert): an expired request may lead to another connection
  for (std::size_t i = 0; i < connections_.size(); ++i) connections_[i]->expire(now, plan_.timeout);
  if (now - heads_made_ > plan_.head_lifetime) refresh_heads();
  if (++ticks_ % ticks_per_progress == 0) report_progress();
  if (stopping_ && in_flight_ == 0) return;
  tick_timer_.expires_after(tick_interval);
  tick_timer_.async_wait([this](error_code error) {
    if (!error) tick();
  });
}

void Generator::refresh_heads() {
  heads_.clear();
  for (std::size_t i = 0; i < plan_.payloads.size(); ++i) heads_.push_back(plan_.make_head(i));
  heads_made_ = Clock::now();
}

void Generator::report_progress() const {
  if (!watchers_.on_progress) return;
  Progress progress;
  progress.warming_up = !phase_.counted;
  progress.done = done_;
  progress.failed = outcome_.failed();
  progress.in_flight = in_flight_;
  progress.interrupted = outcome_.interrupted;
  progress.elapsed = Clock::now() - phase_.start;
  if (plan_.duration) {
    progress.fraction =
        static_cast<double>(progress.elapsed.count()) / static_cast<double>(plan_.duration->count());
  }
  if (plan_.requests) {
    progress.fraction =
        std::max(progress.fraction, static_cast<double>(done_) / static_cast<double>(*plan_.requests));
  }
  if (progress.warming_up) progress.fraction = 0;
  progress.fraction = std::min(progress.fraction, 1.0);
  watchers_.on_progress(progress);
}

/// Starts nothing more; what is in flight may end.
void Generator::stop(Clock::time_point now) {
  if (phase_.counted && phase_.pace) outcome_.unsent = phase_.due(now) - phase_.started;
  stopping_ = true;
  stopped_at_ = now;
  stop_if_over();
}

void Generator::stop_if_over() {
  if (in_flight_ > 0) return;
  pace_timer_.cancel();
  tick_timer_.cancel();
  signals_.cancel();
  for (auto& connection : connections_) connection->close();
}

}  // namespace

std::uint64_t Outcome::failed() const {
  std::uint64_t total = 0;
  for (const auto& [failure, count] : failures) total += count;
  return total;
}

Outcome run(const Plan& plan, const Watchers& watchers) {
  return Generator{plan, watchers}.run();
}

}  // namespace lmi::cli::load
