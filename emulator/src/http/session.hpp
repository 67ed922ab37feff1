#pragma once

#include "http/byte_stream.hpp"
#include "http/exchange.hpp"
#include "http/outgoing_body.hpp"
#include "http/request_parser.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::http {

/// What a peer may take. Each is generous for a well-behaved client on this machine.
struct SessionLimits {
  /// From a request's first byte to the end of its head.
  std::chrono::milliseconds head_timeout{15'000};
  /// Without a byte between requests or inside a body. Longer than any invocation (90 min): the runtime's
  /// connection is silent while its handler runs, and a streamed answer may pause.
  std::chrono::milliseconds idle_timeout{2 * 60 * 60 * 1000};
  /// Bytes and time given to a peer that still sends a request which was answered already, so that it can
  /// read the answer instead of a connection reset.
  std::size_t linger_bytes = 64 * 1024 * 1024;
  std::chrono::milliseconds linger_timeout{10'000};
  /// Bytes held for a request whose body nobody asked for yet, and for pipelined requests.
  std::size_t unread_bytes = 128 * 1024;
};

/// One connection: reads requests, hands each to the handler, writes its response, then takes the next.
///
/// A read is outstanding while a request waits for its answer, so that a peer that goes away is noticed; it
/// pauses only when `unread_bytes` are held already.
///
/// Threads:  loop thread only.
/// Lifetime: owned by the server until `ended`; exchanges point back at it and are cut off first.
class Session final : public ByteStreamEvents, public std::enable_shared_from_this<Session> {
 public:
  struct Context {
    Loop& loop;
    std::shared_ptr<const RequestHandler> handler;  // shared with the server, which a handler may destroy
    SessionLimits limits;
    std::function<void(Session&)> ended;
  };

  explicit Session(Context context) : context_{std::move(context)} {}
  ~Session();

  /// Call once. Takes the connection over.
  void start(std::shared_ptr<ByteStream> stream);
  /// Closes when idle, else after the current response.
  void finish();
  /// Closes at once; `ended` is not called.
  void abort();

  void on_read(std::size_t bytes) override;
  void on_end_of_stream() override;
  void on_broken() override;
  void on_written() override;

 private:
  class RequestExchange;
  friend class RequestExchange;
  class ResponseWriter;
  friend class ResponseWriter;

  enum class Phase {
    receiving,  ///< Waiting for a request or in the middle of its head.
    waiting,    ///< The head was handed over; no response yet.
    writing,    ///< The response is on its way.
    streaming,  ///< The response has begun; more of it comes from the handler.
    lingering,  ///< Answered, sending side closed; what the peer still sends is thrown away.
    closed,
  };

  // ---- what exchange and writer ask for ----
  ExchangePtr make_exchange();
  void read_body(std::size_t limit, Exchange::Piece piece, std::function<void(Body)> done);
  void respond(Response response);
  void begin_response(const Response& head, ResponseWriter* writer);
  void write_piece(const std::string& bytes, More more);
  void finish_response();
  void close();
  void forget_handler();
  void tell_peer_left();

  void process();
  bool parse_step();
  void stop_at_need_more();
  void stop_at_bad_bytes(RequestParser::Status status);
  void hand_over_request();
  void finish_body(BodyEnd end);
  void hand_over_piece();
  void take_more(std::uint64_t piece);
  bool give_up_request();
  void flush_response();
  void refuse(unsigned status, const std::string& reason);
  void send(Response response, bool keep_alive);
  void start_write(std::string head, std::string body);
  void next_request();
  void linger();
  void lose_peer();
  void keep_reading();
  bool make_room();
  void set_deadline(std::chrono::milliseconds from_now);
  void arm_alarm();
  void on_alarm();

  Context context_;
  std::shared_ptr<ByteStream> stream_;
  RequestParser parser_;
  Phase phase_ = Phase::receiving;

  std::vector<char> buffer_;  // bytes [begin_, end_) were read and not yet parsed
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  bool processing_ = false;
  bool end_of_stream_ = false;
  bool finishing_ = false;       // finish() was called
  bool unreadable_ = false;      // the parser met an error: nothing after it can be understood
  bool body_cut_short_ = false;  // the handler was not given all of it
  bool close_after_write_ = false;
  std::size_t lingered_ = 0;

  std::weak_ptr<RequestExchange> exchange_;  // owned by whoever will answer
  std::string method_;                       // of the request that was handed over
  std::function<void(Body)> body_done_;
  Exchange::Piece on_piece_;              // empty: the body is gathered
  std::uint64_t last_piece_ = 0;          // a late More must not let the next piece through
  bool piece_out_ = false;                // its More was not called yet
  std::optional<OutgoingBody> outgoing_;  // while streaming
  ResponseWriter* writer_ = nullptr;      // of outgoing_; null once it has finished or is gone
  std::optional<std::pair<std::string, std::string>> held_;  // waits until the "100 Continue" is written

  Clock::time_point deadline_ = Clock::time_point::max();
  Loop::Timer alarm_;
  Clock::time_point alarm_at_ = Clock::time_point::max();
};

}  // namespace lmi::emulator::http
