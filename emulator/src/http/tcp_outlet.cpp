#include "http/tcp_outlet.hpp"

#include "loop/asio_loop_access.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace lmi::emulator::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

/// One connection to a port of this machine, and the message under way on it. Shared by the outlet and Asio's
/// handlers; closed, it tells nobody anything.
class Delivery : public std::enable_shared_from_this<Delivery> {
 public:
  using Done = std::function<void(bool taken)>;

  Delivery(AsioLoop& loop, unsigned short port) : loop_{loop}, socket_{io_context_of(loop)}, port_{port} {}

  /// Connects unless connected, writes; with `await_status` reads the status of the answer too.
  void send(std::string bytes, bool await_status, Done done) {
    bytes_ = std::move(bytes);
    await_status_ = await_status;
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
                        if (turn != self->turn_) return;
                        if (error) return self->finish(false);
                        self->await_status_ ? self->read() : self->finish(true);
                      });
  }

  /// The first line says it all; who answers with more loses nothing by the closed connection.
  void read() {
    socket_.async_read_some(asio::buffer(input_), [self = shared_from_this(), turn = turn_](
                                                      const ErrorCode& error, std::size_t bytes) {
      if (turn != self->turn_) return;
      if (error) return self->finish(false);
      self->answer_.append(self->input_.data(), bytes);
      const auto end = self->answer_.find("\r\n");
      if (end != std::string::npos) return self->finish(self->says_taken());
      self->answer_.size() > longest_line ? self->finish(false) : self->read();
    });
  }

  bool says_taken() const {
    constexpr std::size_t status_at = 9;  // behind "HTTP/1.1 "
    unsigned status = 0;
    if (!answer_.starts_with("HTTP/1.") || answer_.size() < status_at + 3) return false;
    std::from_chars(answer_.data() + status_at, answer_.data() + status_at + 3, status);
    return status >= 200 && status < 300;
  }

  void finish(bool taken) {
    ++turn_;
    limit_.cancel();
    answer_.clear();
    if (!taken || await_status_) {
      ErrorCode ignored;  // it is over either way
      socket_.close(ignored);
    }
    if (const auto done = std::exchange(done_, nullptr)) done(taken);
  }

  static constexpr std::size_t longest_line = 4096;

  AsioLoop& loop_;
  tcp::socket socket_;
  unsigned short port_;
  std::string bytes_;
  bool await_status_ = false;
  Done done_;
  unsigned turn_ = 0;  ///< A handler of an earlier message than this has nothing more to say.
  Loop::Timer limit_;
  std::array<char, 1024> input_{};
  std::string answer_;
};

class PostOutlet final : public Outlet {
 public:
  PostOutlet(AsioLoop& loop, PostTarget target)
      : target_{std::move(target)}, delivery_{std::make_shared<Delivery>(loop, target_.port)} {}
  ~PostOutlet() override { delivery_->close(); }
  PostOutlet(const PostOutlet&) = delete;
  PostOutlet& operator=(const PostOutlet&) = delete;

  void send(std::string bytes, std::function<void(bool taken)> done) override {
    std::string request =
        "POST " + target_.path + " HTTP/1.1\r\nHost: " + target_.authority +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(bytes.size()) +
        "\r\nConnection: close\r\n\r\n";
    request += bytes;
    delivery_->send(std::move(request), true, std::move(done));
  }

 private:
  PostTarget target_;
  std::shared_ptr<Delivery> delivery_;  // shared with queued handlers
};

class StreamOutlet final : public Outlet {
 public:
  StreamOutlet(AsioLoop& loop, unsigned short port) : delivery_{std::make_shared<Delivery>(loop, port)} {}
  ~StreamOutlet() override { delivery_->close(); }
  StreamOutlet(const StreamOutlet&) = delete;
  StreamOutlet& operator=(const StreamOutlet&) = delete;

  void send(std::string bytes, std::function<void(bool taken)> done) override {
    delivery_->send(std::move(bytes), false, std::move(done));
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
