#include "http/tcp_network.hpp"

#include "http/byte_stream.hpp"
#include "http/tcp_outlet.hpp"
#include "loop/asio_loop_access.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>

#include <array>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace lmi::emulator::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::size_t max_sessions = 16'384;
constexpr std::chrono::milliseconds accept_pause{100};

/// Keeps a socket out of the programs the emulator starts; Asio opens sockets without SOCK_CLOEXEC.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // cannot fail on an open descriptor
}

class TcpStream final : public ByteStream, public std::enable_shared_from_this<TcpStream> {
 public:
  TcpStream(tcp::socket socket, ByteStreamEvents& events) : socket_{std::move(socket)}, events_{&events} {}

  void read(std::span<char> into) override {
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
                              if (self->events_ == nullptr) return;
                              if (!error) return self->events_->on_read(bytes);
                              if (error == asio::error::eof) return self->events_->on_end_of_stream();
                              self->events_->on_broken();
                            });
  }

  void write(std::string head, std::string body) override {
    head_ = std::move(head);
    body_ = std::move(body);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(body_)};
    asio::async_write(socket_, parts, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
      std::string{}.swap(self->body_);
      if (self->events_ == nullptr) return;
      error ? self->events_->on_broken() : self->events_->on_written();
    });
  }

  void finish_sending() override {
    ErrorCode peer_already_gone;  // then the read under way says so
    socket_.shutdown(tcp::socket::shutdown_send, peer_already_gone);
  }

  void close() override {
    events_ = nullptr;
    ErrorCode ignored;  // nothing left to lose
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
  ByteStreamEvents* events_;  // null once closed
  std::string head_;
  std::string body_;
};

/// What the accept handler and the sessions share with the server object; outlives it while a handler is
/// queued.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(AsioLoop& loop, SessionLimits limits, OnDeaf on_deaf, RequestHandler handler)
      : loop_{loop},
        limits_{limits},
        on_deaf_{std::move(on_deaf)},
        handler_{std::make_shared<const RequestHandler>(std::move(handler))},
        acceptor_{io_context_of(loop)} {}

  void open(const std::string& address, unsigned short port) {
    const tcp::endpoint endpoint{asio::ip::make_address(address), port};
    acceptor_.open(endpoint.protocol());
    close_on_exec(acceptor_);
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(asio::socket_base::max_listen_connections);
    acceptor_.non_blocking(true);
    port_ = acceptor_.local_endpoint().port();
    accept();
  }

  unsigned short port() const noexcept { return port_; }

  void stop_accepting() {
    ErrorCode ignored;  // it is closed either way
    acceptor_.close(ignored);
    retry_.cancel();
    for (const auto& session : sessions_now()) session->finish();
  }

  void close() {
    stop_accepting();
    for (const auto& session : sessions_now()) session->abort();
    sessions_.clear();
  }

 private:
  std::vector<std::shared_ptr<Session>> sessions_now() const {
    std::vector<std::shared_ptr<Session>> all;  // a copy: finish() and abort() change sessions_
    all.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) all.push_back(session);
    return all;
  }

  void accept() {
    accepting_ = true;
    acceptor_.async_accept([self = shared_from_this()](const ErrorCode& error, tcp::socket socket) {
      self->accepting_ = false;
      if (!self->acceptor_.is_open()) return;
      if (error) return self->accept_later(error);
      self->add(std::move(socket));
      if (self->sessions_.size() < max_sessions) self->accept();  // else when one ends
    });
  }

  /// Out of descriptors or memory: the backlog holds the peers while something is freed.
  void accept_later(const ErrorCode& why) {
    if (!std::exchange(told_deaf_, true) && on_deaf_)
      on_deaf_("port=" + std::to_string(port_) + " reason=\"" + why.message() + "\"");
    retry_ = loop_.after(accept_pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->accept_more();
    });
  }

  void accept_more() {
    if (acceptor_.is_open() && !accepting_) accept();
  }

  void add(tcp::socket socket) {
    close_on_exec(socket);
    ErrorCode peer_already_gone;  // then the first read says so
    socket.set_option(tcp::no_delay(true), peer_already_gone);

    const auto session =
        std::make_shared<Session>(Session::Context{.loop = loop_,
                                                   .handler = handler_,
                                                   .limits = limits_,
                                                   .ended = [weak = weak_from_this()](Session& ended) {
                                                     const auto self = weak.lock();
                                                     if (!self) return;
                                                     self->sessions_.erase(&ended);
                                                     self->accept_more();
                                                   }});
    sessions_.emplace(session.get(), session);
    session->start(std::make_shared<TcpStream>(std::move(socket), *session));
  }

  AsioLoop& loop_;
  SessionLimits limits_;
  OnDeaf on_deaf_;
  bool told_deaf_ = false;
  std::shared_ptr<const RequestHandler> handler_;  // shared with the sessions
  tcp::acceptor acceptor_;
  unsigned short port_ = 0;
  bool accepting_ = false;
  Loop::Timer retry_;
  std::unordered_map<const Session*, std::shared_ptr<Session>>
      sessions_;  // shared with exchanges in progress
};

class TcpServer final : public Server {
 public:
  explicit TcpServer(std::shared_ptr<Listener> listener) : listener_{std::move(listener)} {}
  ~TcpServer() override { listener_->close(); }
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  unsigned short port() const noexcept override { return listener_->port(); }
  void stop_accepting() override { listener_->stop_accepting(); }

 private:
  std::shared_ptr<Listener> listener_;  // shared with queued accept handlers
};

class TcpNetwork final : public Network {
 public:
  TcpNetwork(AsioLoop& loop, SessionLimits limits, OnDeaf on_deaf)
      : loop_{loop}, limits_{limits}, on_deaf_{std::move(on_deaf)} {}

  std::unique_ptr<Server> listen(const std::string& address, unsigned short port,
                                 RequestHandler handler) override {
    auto listener = std::make_shared<Listener>(loop_, limits_, on_deaf_, std::move(handler));
    try {
      listener->open(address, port);
    } catch (const boost::system::system_error& error) {
      throw std::system_error(error.code(), "cannot listen on " + address + ":" + std::to_string(port));
    }
    return std::make_unique<TcpServer>(std::move(listener));
  }
  std::unique_ptr<Outlet> open_post_outlet(PostTarget target) override {
    return make_post_outlet(loop_, std::move(target));
  }
  std::unique_ptr<Outlet> open_stream_outlet(unsigned short port) override {
    return make_stream_outlet(loop_, port);
  }

 private:
  AsioLoop& loop_;
  SessionLimits limits_;
  OnDeaf on_deaf_;
};

}  // namespace

std::unique_ptr<Network> make_network(AsioLoop& loop, SessionLimits limits, OnDeaf on_deaf) {
  return std::make_unique<TcpNetwork>(loop, limits, std::move(on_deaf));
}

}  // namespace lmi::emulator::http
