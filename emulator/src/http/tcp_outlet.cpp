#include "http/tcp_outlet.hpp"

#include "http/tcp_client.hpp"
#include "loop/asio_loop_access.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>

#include <utility>

namespace lmi::emulator::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

/// The connection of a stream, and the message under way on it. Shared by the outlet and Asio's handlers;
/// closed, it tells nobody anything.
class Delivery : public std::enable_shared_from_this<Delivery> {
 public:
  using Done = std::function<void(bool taken)>;

  Delivery(AsioLoop& loop, unsigned short port) : loop_{loop}, socket_{io_context_of(loop)}, port_{port} {}

  /// Connects unless connected, writes.
  void send(std::string bytes, Done done) {
    bytes_ = std::move(bytes);
    done_ = std::move(done);
    limit_ = loop_.after(outlet_answer_limit, [this] { finish(false); });
    if (socket_.is_open()) return write();
    ErrorCode failure;
    socket_.open(tcp::v4(), failure);
    if (failure)
      return loop_.post([self = shared_from_this(), turn = turn_] {
        if (turn == self->turn_) self->finish(false);
      });
    ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);  // cannot fail on an open descriptor
    socket_.async_connect({asio::ip::address_v4::loopback(), port_},
                          [self = shared_from_this(), turn = turn_](const ErrorCode& error) {
                            if (turn != self->turn_) return;
                            error ? self->finish(false) : self->write();
                          });
  }

  void close() {
    ++turn_;
    done_ = nullptr;
    limit_.cancel();
    ErrorCode ignored;  // nothing left to lose
    socket_.close(ignored);
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(bytes_),
                      [self = shared_from_this(), turn = turn_](const ErrorCode& error, std::size_t) {
                        if (turn == self->turn_) self->finish(!error);
                      });
  }

  void finish(bool taken) {
    ++turn_;
    limit_.cancel();
    if (!taken) {
      ErrorCode ignored;  // it is over either way
      socket_.close(ignored);
    }
    if (const auto done = std::exchange(done_, nullptr)) done(taken);
  }

  AsioLoop& loop_;
  tcp::socket socket_;
  unsigned short port_;
  std::string bytes_;
  Done done_;
  unsigned turn_ = 0;  ///< A handler of an earlier message than this has nothing more to say.
  Loop::Timer limit_;
};

class PostOutlet final : public Outlet {
 public:
  PostOutlet(AsioLoop& loop, PostTarget target) : target_{std::move(target)}, client_{make_client(loop)} {}

  void send(std::string bytes, std::function<void(bool taken)> done) override {
    // Who answers with more than a status loses nothing by the closed connection.
    ClientRequest request{.host = "127.0.0.1",
                          .port = target_.port,
                          .authority = target_.authority,
                          .target = target_.path,
                          .headers = {{"Content-Type", "application/json"}},
                          .body = std::move(bytes),
                          .limit = outlet_answer_limit,
                          .status_only = true};
    call_ = client_->send(std::move(request), [done = std::move(done)](const ClientAnswer& answer) {
      done(answer.is_success());
    });
  }

 private:
  PostTarget target_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Client::Call> call_;
};

class StreamOutlet final : public Outlet {
 public:
  StreamOutlet(AsioLoop& loop, unsigned short port) : delivery_{std::make_shared<Delivery>(loop, port)} {}
  ~StreamOutlet() override { delivery_->close(); }
  StreamOutlet(const StreamOutlet&) = delete;
  StreamOutlet& operator=(const StreamOutlet&) = delete;

  void send(std::string bytes, std::function<void(bool taken)> done) override {
    delivery_->send(std::move(bytes), std::move(done));
  }

 private:
  std::shared_ptr<Delivery> delivery_;  // shared with queued handlers
};

}  // namespace

std::unique_ptr<Outlet> make_post_outlet(AsioLoop& loop, PostTarget target) {
  return std::make_unique<PostOutlet>(loop, std::move(target));
}

std::unique_ptr<Outlet> make_stream_outlet(AsioLoop& loop, unsigned short port) {
  return std::make_unique<StreamOutlet>(loop, port);
}

}  // namespace lmi::emulator::http
