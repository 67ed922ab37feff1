#pragma once

#include "transport/endpoint.hpp"
#include "wire/request_parser.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace lmi::extension {

/// An HTTP server for one careful client: takes request bodies one after the other, on one thread, and
/// answers each with 200 once it has been used. A request that is not HTTP is answered with 400.
///
/// Threads:  the functions run on the listener's thread, everything else on any.
/// Lifetime: destroying it waits for the function under way, answers it, and closes everything.
class BatchListener {
 public:
  using Clock = std::chrono::steady_clock;
  struct Use {
    std::function<void(std::string body)> on_body;  ///< Must not throw.
    std::function<void()> on_malformed;             ///< Not HTTP, or longer than anything the platform sends.
  };

  /// Listens at `where`; port 0: the kernel picks one. Throws std::system_error when it cannot.
  BatchListener(const transport::Endpoint& where, Use use);
  ~BatchListener();
  BatchListener(const BatchListener&) = delete;
  BatchListener& operator=(const BatchListener&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Whether nothing was under way, nor came, for `quiet`, before `until`.
  bool wait_quiet(Clock::time_point until, std::chrono::milliseconds quiet);

 private:
  struct Peer {
    int descriptor;
    wire::RequestParser parser;
  };

  void serve();
  void accept_one();
  /// False: the connection is over.
  bool read_from(Peer& peer);
  void use_body(std::string body);
  void note_activity(bool busy);
  void drop(std::list<Peer>::iterator peer);

  const Use use_;
  int listener_ = -1;
  int stop_event_ = -1;
  std::uint16_t port_ = 0;
  std::list<Peer> peers_;  ///< The listener's thread only.

  std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;             ///< A request is being read or used. Guarded by mutex_.
  Clock::time_point last_event_;  ///< Guarded by mutex_.

  std::thread thread_;
};

}  // namespace lmi::extension
