#pragma once

#include "http/outlet.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::http {

/// Header fields in order of arrival. Names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first value of `name`, or nullptr.
  const std::string* find(std::string_view name) const noexcept;
  /// The first value of `name`, or "".
  std::string_view get(std::string_view name) const noexcept;

  /// Removes every field of this name.
  void remove(std::string_view name);

  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The start of a request: all but its body.
struct Head {
  std::string method;
  std::string target;  ///< As sent: path and query, still percent-encoded.
  Headers headers;
};

/// A whole response. Content-Length and Connection are added by the session.
struct Response {
  unsigned status = 200;
  Headers headers;
  std::string body;
};

/// How reading a request body ended.
enum class BodyEnd {
  complete,
  too_large,     ///< Over the limit. The rest is discarded; the connection closes after the response.
  truncated,     ///< The peer half-closed or cut a chunk: fewer bytes than announced. A response can still be
                 ///< sent.
  disconnected,  ///< The peer is gone; a response reaches nobody.
};

struct Body {
  BodyEnd end = BodyEnd::complete;
  std::string data;
  Headers trailers;  ///< Of a chunked body.
};

/// Called when whoever took a piece of a body can take the next one.
using More = std::function<void()>;

/// Where the body of a streamed response goes, piece by piece, as fast as the peer reads.
///
/// Threads:  loop thread only.
/// Lifetime: destroyed before finish(), it closes the connection: half a body must not look whole.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;

  /// Sends `bytes` after what was written before. `more` (may be empty) is called once, never from inside,
  /// when they have gone to the system; a producer that waits for it holds one piece in memory, whatever the
  /// peer's pace. When the peer is gone the bytes are dropped, and `more` is called all the same.
  virtual void write(std::string bytes, More more) = 0;

  /// Nothing more comes. Call once, last; what was written before still goes out.
  virtual void finish() = 0;
};

/// One request and the place for its one response.
///
/// Threads:  loop thread only.
/// Lifetime: shared by the session (until answered or disconnected) and whoever will answer. Keeping it
///           after the peer is gone is harmless: respond() then does nothing.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Head& head() const noexcept = 0;

  /// Gathers the body up to `limit` bytes, then calls `done` once, never from inside this call.
  /// Call at most once. A request answered before its body was read has it discarded.
  virtual void read_body(std::size_t limit, std::function<void(Body)> done) = 0;

  /// The same for a body that is used while it arrives: `piece` gets the bytes that have come, and no others
  /// before it has called its `more` (from inside or later). The peer is not read from meanwhile. `done`
  /// comes after the last piece, with Body::data empty.
  using Piece = std::function<void(std::string bytes, More more)>;
  virtual void read_body_in_pieces(std::size_t limit, Piece piece, std::function<void(Body)> done) = 0;

  /// Sends the response. Only the first call of this and begin_response() counts.
  virtual void respond(Response response) = 0;

  /// Sends status and headers at once; the body follows through the writer. `head.body` is not used.
  virtual std::unique_ptr<BodyWriter> begin_response(Response head) = 0;

  /// Closes the connection without any response, as a dying execution environment does.
  virtual void drop() = 0;

  /// Calls `gone` once if the peer closes the connection before a response was sent.
  virtual void on_disconnect(std::function<void()> gone) = 0;
};

using ExchangePtr = std::shared_ptr<Exchange>;

/// Called on the loop thread when a request's head has arrived. Must lead to respond() or drop() in the end.
using RequestHandler = std::function<void(ExchangePtr)>;

/// A listening socket on a loopback or given address; owns its sessions.
class Server {
 public:
  virtual ~Server() = default;  ///< Closes the listener and every connection at once.
  virtual unsigned short port() const noexcept = 0;
  /// No new connections; idle ones close, busy ones close after their response.
  virtual void stop_accepting() = 0;
};

/// Opens servers, and ways out. The seam behind which Beast and sockets live; tests of other layers use the
/// real one on port 0 of 127.0.0.1.
class Network {
 public:
  virtual ~Network() = default;
  /// Listens on `address`:`port` (0: the kernel picks). Throws std::system_error when it cannot.
  virtual std::unique_ptr<Server> listen(const std::string& address, unsigned short port,
                                         RequestHandler handler) = 0;
  /// Sends each message as the body of a POST.
  virtual std::unique_ptr<Outlet> open_post_outlet(PostTarget target) = 0;
  /// Writes messages to a connection to this port of the loopback address.
  virtual std::unique_ptr<Outlet> open_stream_outlet(unsigned short port) = 0;
};

}  // namespace lmi::emulator::http
