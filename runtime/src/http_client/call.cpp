#include "http_client/call.hpp"

#include "http_client/request_head.hpp"
#include "http_client/retry.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace lmi::http_client {
namespace {

using std::chrono::steady_clock;

double random_share() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(generator);
}

bool is_redirect(unsigned status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Call::Call(Core& core, const HttpCall& call, const HttpLimits& limits)
    : core_{core},
      call_{call},
      limits_{limits},
      timeouts_{call.timeouts ? *call.timeouts : core.options().timeouts},
      end_{std::min(limits.deadline, after(steady_clock::now(), timeouts_.total))},
      method_{call.method},
      body_{call.body},
      own_headers_{call.headers} {
  ++core_.counters().calls;
  if (call.idempotency_key) own_headers_.set("Idempotency-Key", *call.idempotency_key);
  aim(parse_url(call.url));
}

Call::~Call() {
  leave_connection(false);
}

void Call::aim(HttpResult<Target> target) {
  if (!target) return fail(target.error());
  target_ = std::move(*target);
  origin_ = core_.pool_of(target_.origin);
  tries_ = 0;
  state_ = State::acquiring;
  if (prepare_headers()) origin_->retries().refill();
}

/// The hook sees each attempt, so that each can have a span of its own.
bool Call::prepare_headers() {
  headers_ = own_headers_;
  if (core_.options().add_headers) core_.options().add_headers(call_, limits_, headers_);
  if (!headers_.contains("User-Agent") && !core_.options().user_agent.empty()) {
    headers_.add("User-Agent", core_.options().user_agent);
  }
  if (auto refusal = refuse(method_, headers_)) {
    fail(std::move(*refusal));
    return false;
  }
  return true;
}

Call::Want Call::advance() {
  while (!result_ && !out_of_time()) {
    if (state_ == State::acquiring) {
      AcquireLimits limits{end_};
      limits.stop = limits_.stop;
      limits.request_id = limits_.request_id;
      return WantConnection{origin_->connections(), std::move(limits)};
    }
    if (state_ == State::pausing) {
      if (steady_clock::now() < pause_end_) return WantPause{pause_end_};
      state_ = State::acquiring;
      prepare_headers();
    } else if (auto want = exchange()) {
      return *want;
    }
  }
  return Finished{};
}

bool Call::out_of_time() {
  const auto now = steady_clock::now();
  if (now >= end_) {
    fail({.code = HttpErrc::timed_out,
          .phase = phase(),
          .message = "out of time while " + std::string{to_string(phase())}});
  } else if (limits_.stop.stop_requested()) {
    cancel();
  }
  return result_.has_value();
}

HttpPhase Call::phase() const noexcept {
  if (state_ == State::pausing) return HttpPhase::back_off;
  return exchange_ ? exchange_->phase() : HttpPhase::waiting;
}

void Call::cancel() {
  fail({.code = HttpErrc::stopped,
        .phase = phase(),
        .message = "stopped while " + std::string{to_string(phase())}});
}

void Call::connection_given(PoolResult<Lease<Connection>> given) {
  if (!given) {
    auto error = origin_->explain(given.error());
    ++tries_;
    if (try_again(worth_another({.code = error.code}), std::nullopt, false)) return;
    return fail(std::move(error));
  }
  lease_ = std::move(*given);
  if (lease_->take(core_.options().idle_timeout)) return begin_exchange();
  ++core_.counters().stale_connections;
  leave_connection(false);  // and ask for the next one
}

void Call::begin_exchange() {
  ++tries_;
  if (lease_->used_before()) ++core_.counters().connections_reused;
  const bool ask_first = call_.expect_continue && !body_.empty();
  exchange_.emplace(
      *lease_,
      format({.method = method_,
              .target = target_,
              .headers = headers_,
              .body_bytes = body_.size(),
              .ask_first = ask_first}),
      body_,
      Exchange::Rules{.max_body_bytes = call_.max_body_bytes.value_or(core_.options().max_body_bytes),
                      .no_reply_body = method_ == "HEAD",
                      .ask_first = ask_first});
  first_byte_end_.reset();
  asking_end_.reset();
  state_ = State::exchanging;
}

std::optional<Call::Want> Call::exchange() {
  const auto status = exchange_->advance();
  if (status == IoStatus::done) {
    // A stop shuts the socket down, which looks like the end of a body that ends with its connection.
    const bool cut = limits_.stop.stop_requested() && !exchange_->reusable();
    if (!cut || !out_of_time()) exchange_done();
    return std::nullopt;
  }
  if (status == IoStatus::failed) {
    // A stop shuts the socket down: then that is the reason, and not the peer.
    if (!out_of_time()) exchange_failed();
    return std::nullopt;
  }
  const auto until = socket_until();
  if (steady_clock::now() < until) return WantSocket{lease_->socket(), status, until};
  if (exchange_->asking()) {
    exchange_->go_on();
  } else {
    const std::string during{to_string(phase())};
    fail({.code = HttpErrc::timed_out, .phase = phase(), .message = during + " took too long"});
  }
  return std::nullopt;
}

SteadyTime Call::socket_until() {
  if (exchange_->asking()) {
    if (!asking_end_) asking_end_ = after(steady_clock::now(), timeouts_.expect_continue);
    return std::min(end_, *asking_end_);
  }
  if (exchange_->phase() != HttpPhase::first_byte) return end_;
  if (!first_byte_end_) first_byte_end_ = after(steady_clock::now(), timeouts_.first_byte);
  return std::min(end_, *first_byte_end_);
}

void Call::exchange_done() {
  auto reply = std::move(exchange_->reply());
  reply.connection_reused = lease_->used_before();
  reply.tls_session_resumed = lease_->tls() != nullptr && lease_->tls()->resumed();
  leave_connection(exchange_->reusable());

  const bool again = asks_for_another(reply.status) && (is_idempotent(method_) || call_.idempotency_key);
  std::optional<std::chrono::milliseconds> at_least;
  if (const auto text = reply.headers.find("Retry-After")) {
    at_least = retry_after(*text, std::chrono::system_clock::now());
  }
  if (again && try_again(true, at_least, false)) return;
  if (is_redirect(reply.status) && redirects_ < core_.options().max_redirects && follow(reply)) return;
  finish(std::move(reply));
}

void Call::exchange_failed() {
  const FailedAttempt attempt{.code = exchange_->error(),
                              .repeatable = is_idempotent(method_) || call_.idempotency_key.has_value(),
                              .sent = exchange_->sent(),
                              .reply_started = exchange_->reply_started()};
  HttpCallError error{.code = exchange_->error(),
                      .phase = exchange_->phase(),
                      .message = to_string(target_.origin) + ": " + exchange_->problem()};
  // A server may close an idle connection in the moment it is used again; a new one will do, at once.
  const bool raced = lease_->used_before() && tries_ == 1;
  leave_connection(false);
  if (!try_again(worth_another(attempt), std::nullopt, raced)) fail(std::move(error));
}

void Call::leave_connection(bool reusable) noexcept {
  if (exchange_) {
    if (exchange_->sent()) {
      ++attempts_;
      ++core_.counters().attempts;
    }
    exchange_.reset();
  }
  if (!lease_) return;
  lease_->give_back(reusable);
  if (!reusable) lease_.poison();
  lease_.release();
}

bool Call::follow(const HttpReply& reply) {
  const auto location = reply.headers.find("Location");
  if (!location) return false;
  auto target = resolve_reference(target_, *location);
  if (!target) {
    fail(target.error());
    return true;
  }
  const bool becomes_get = (reply.status == 303 && method_ != "HEAD") ||
                           ((reply.status == 301 || reply.status == 302) && method_ == "POST");
  if (becomes_get) {
    method_ = "GET";
    body_ = {};
    for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language"})
      own_headers_.remove(name);
  }
  own_headers_.remove("Host");
  if (target->origin != target_.origin) {
    for (const char* name : {"Authorization", "Cookie", "Proxy-Authorization"}) own_headers_.remove(name);
  }
  ++redirects_;
  aim(std::move(target));
  return true;
}

bool Call::try_again(bool allowed, std::optional<std::chrono::milliseconds> at_least, bool at_once) {
  const auto& retries = core_.options().retries;
  if (!allowed || tries_ >= retries.max_attempts) return false;
  if (at_least && *at_least > retries.longest_retry_after) return false;
  const auto own = at_once ? std::chrono::milliseconds{0} : back_off(retries, tries_, random_share());
  const auto end = after(steady_clock::now(), std::max(own, at_least.value_or(own)));
  if (end >= end_) return false;
  if (!origin_->retries().take()) {
    ++core_.counters().retries_over_budget;
    return false;
  }
  ++core_.counters().retries;
  pause_end_ = end;
  state_ = State::pausing;
  return true;
}

void Call::finish(HttpReply reply) {
  reply.attempts = attempts_;
  reply.url = target_.url;
  result_ = std::move(reply);
}

void Call::fail(HttpCallError error) {
  leave_connection(false);
  error.attempts = attempts_;
  result_ = std::move(error);
}

}  // namespace lmi::http_client
