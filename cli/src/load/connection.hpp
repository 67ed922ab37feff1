#pragma once

#include "load/failure_class.hpp"
#include "load/pace.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::cli::load {

class AnswerParser;

/// One request on its way. `head` is copied by send(); `body` must stay until the request ended.
struct Request {
  std::uint64_t index = 0;  ///< Counts from 0 in each phase.
  std::size_t payload = 0;
  bool counted = false;  ///< False during the warm-up.
  Clock::time_point intended;
  Clock::time_point sent;  ///< Set by Connection::send.
  std::string_view head;
  std::string_view body;
};

/// One keep-alive connection with at most one request on it. Connects when it has to.
///
/// Threads:  the one that runs `io`.
/// Lifetime: must not be destroyed while `io` runs; `io` and the endpoint must outlive it.
class Connection {
 public:
  /// Told once for each send(), never from inside it. The views of an answer are good until the callback
  /// returns or sends the next request.
  struct Ended {
    std::function<void(Connection&, const Request&, const Answer&)> on_answer;
    std::function<void(Connection&, const Request&, FailureClass)> on_failure;
  };

  Connection(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& peer, const Ended& ended);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Precondition: idle.
  void send(Request request);

  bool busy() const noexcept { return busy_; }
  /// Ends a request older than `limit` as timed out, through on_failure.
  void expire(Clock::time_point now, Clock::duration limit);
  void close();

 private:
  void connect();
  void write();
  void wait_for(boost::asio::ip::tcp::socket::wait_type what);
  void read();
  bool parse();
  void complete();
  void fail(FailureClass why);
  void fail(const boost::system::error_code& error, std::string_view doing);
  bool closed_by_peer();

  boost::asio::ip::tcp::socket socket_;
  const boost::asio::ip::tcp::endpoint& peer_;
  const Ended& ended_;

  Request request_;
  std::string head_;
  bool busy_ = false;
  std::size_t written_ = 0;
  Clock::time_point idle_since_;
  /// Raised when the socket is closed: a handler of an older one does nothing.
  std::uint64_t generation_ = 0;

  std::unique_ptr<AnswerParser> parser_;
  std::vector<char> buffer_;
  std::size_t filled_ = 0;
};

}  // namespace lmi::cli::load
