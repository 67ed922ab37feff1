#include "http_client/connection.hpp"

#include "http_client/connection_budget.hpp"

#include <cerrno>

namespace lmi::http_client {
namespace {

/// Whoever wanted it has come by then, or never will.
constexpr std::chrono::seconds unused_grace{1};

}  // namespace

Connection::~Connection() {
  budget_->forget(*this);
  tls_.reset();  // says farewell over the socket
}

void Connection::opened() noexcept {
  idle_since_.store(std::chrono::steady_clock::now());
  owner_.store(Owner::pool);
}

bool Connection::take(std::chrono::milliseconds idle_timeout) {
  auto owner = Owner::pool;
  if (!owner_.compare_exchange_strong(owner, Owner::call)) return false;
  reusable_ = false;  // until the exchange is over
  if (++uses_ == 1) return true;
  if (std::chrono::steady_clock::now() >= after(idle_since_.load(), idle_timeout)) return false;
  return tls_ ? tls_->quiet() : socket_.quiet();
}

void Connection::give_back(bool reusable) noexcept {
  reusable_ = reusable;
  if (!reusable || owner_.load() != Owner::call) return;
  idle_since_.store(std::chrono::steady_clock::now());
  owner_.store(Owner::pool);
  budget_->notice_idle();
}

bool Connection::evict() noexcept {
  if (uses_.load() == 0 && std::chrono::steady_clock::now() < idle_since_.load() + unused_grace) return false;
  auto owner = Owner::pool;
  if (!owner_.compare_exchange_strong(owner, Owner::nobody)) return false;
  tls_.reset();
  socket_ = Socket{};
  return true;
}

IoResult Connection::write(std::string_view first, std::string_view second) {
  if (tls_) return tls_->write(first.empty() ? second : first);
  const auto result = socket_.write(first, second);
  if (result.status == IoStatus::failed) failure_ = errno;
  return result;
}

IoResult Connection::read(std::span<char> space) {
  if (tls_) return tls_->read(space);
  const auto result = socket_.read(space);
  if (result.status == IoStatus::failed) failure_ = errno;
  return result;
}

std::string Connection::problem() const {
  return tls_ ? tls_->problem() : system_text(failure_);
}

}  // namespace lmi::http_client
