#pragma once

#include "http_client/socket.hpp"
#include "http_client/time.hpp"
#include "http_client/tls.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lmi::http_client {

class ConnectionBudget;

/// One open connection to an origin, plain or TLS. Counted in a budget from before it is opened until it is
/// closed.
///
/// It belongs to whoever took it: a call (take() … give_back()), or the budget, which may close an idle one
/// to make room for another origin.
///
/// Threads: one at a time; take() and evict() against each other from any.
class Connection {
 public:
  /// Of an admitted connection: see ConnectionBudget::admit().
  explicit Connection(ConnectionBudget& budget) noexcept : budget_{&budget} {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void adopt(Socket socket) noexcept { socket_ = std::move(socket); }

  /// It is open: from here on the pool's, to be taken.
  void opened() noexcept;
  void encrypt(TlsContext& context, TlsSessions& sessions, const Origin& origin) {
    tls_.emplace(context, sessions, socket_, origin);
  }
  [[nodiscard]] TlsChannel* tls() noexcept { return tls_ ? &*tls_ : nullptr; }
  [[nodiscard]] const Socket& socket() const noexcept { return socket_; }

  /// The pool hands it to a call. False: evicted, idle for too long, closed by the peer, or out of step; to
  /// be given back for closing.
  bool take(std::chrono::milliseconds idle_timeout);

  /// The call is done with it. `reusable`: its last exchange is complete and both sides want more.
  void give_back(bool reusable) noexcept;

  [[nodiscard]] bool reusable() const noexcept { return reusable_; }

  /// Closes it if it is idle and was of use before, or nobody has come for it for a while. Called by the
  /// budget.
  bool evict() noexcept;
  [[nodiscard]] bool evicted() const noexcept { return owner_.load() == Owner::nobody; }
  [[nodiscard]] SteadyTime idle_since() const noexcept { return idle_since_.load(); }

  /// Requests sent over it before this one.
  [[nodiscard]] bool used_before() const noexcept { return uses_ > 1; }

  IoResult write(std::string_view first, std::string_view second);
  IoResult read(std::span<char> space);
  [[nodiscard]] std::string problem() const;

 private:
  enum class Owner { pool, call, nobody };

  ConnectionBudget* budget_;
  Socket socket_;
  std::optional<TlsChannel> tls_;
  std::atomic<Owner> owner_{Owner::call};  ///< While it is being opened, too.
  std::atomic<SteadyTime> idle_since_{std::chrono::steady_clock::now()};
  std::atomic<unsigned> uses_{0};
  bool reusable_ = true;
  int failure_ = 0;  ///< errno of the last failed operation on the bare socket.
};

}  // namespace lmi::http_client
