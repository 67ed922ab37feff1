#include "http/tcp_client.hpp"

#include "loop/asio_loop_access.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fcntl.h>

#include <utility>

namespace lmi::emulator::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

std::string request_text(const ClientRequest& request) {
  std::string text =
      request.method + " " + request.target + " HTTP/1.1\r\nHost: " +
      (request.authority.empty() ? request.host + ":" + std::to_string(request.port) : request.authority) +
      "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  return text + "Content-Length: " + std::to_string(request.body.size()) + "\r\nConnection: close\r\n\r\n" +
         request.body;
}

/// One request on its way. Shared by its handle and Asio's handlers; closed, it tells nobody anything.
class Sending : public std::enable_shared_from_this<Sending> {
 public:
  Sending(AsioLoop& loop, Client::Done done)
      : resolver_{io_context_of(loop)}, socket_{io_context_of(loop)}, done_{std::move(done)} {}

  void start(AsioLoop& loop, ClientRequest request) {
    request_ = request_text(request);
    status_only_ = request.status_only;
    parser_.body_limit(request.max_answer_bytes);
    limit_ = loop.after(request.limit, [this] { fail("no answer in time"); });
    resolver_.async_resolve(
        request.host, std::to_string(request.port), tcp::resolver::numeric_service,
        [self = shared_from_this()](const ErrorCode& error, const tcp::resolver::results_type& found) {
          if (!self->done_) return;
          if (error) return self->fail("its host was not found: " + error.message());
          self->connect(found);
        });
  }

  void close() {
    done_ = nullptr;
    limit_.cancel();
    resolver_.cancel();
    ErrorCode ignored;  // nothing left to lose
    socket_.close(ignored);
  }

 private:
  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(
        socket_, found, [self = shared_from_this()](const ErrorCode& error, const tcp::endpoint&) {
          if (!self->done_) return;
          if (error) return self->fail("no connection: " + error.message());
          ::fcntl(self->socket_.native_handle(), F_SETFD, FD_CLOEXEC);  // cannot fail on an open descriptor
          self->write();
        });
  }

  void write() {
    asio::async_write(socket_, asio::buffer(request_),
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                        if (!self->done_) return;
                        if (error) return self->fail("it could not be sent: " + error.message());
                        std::string{}.swap(self->request_);
                        self->read();
                      });
  }

  void read() {
    auto end = [self = shared_from_this()](const ErrorCode& error, std::size_t) {
      if (!self->done_) return;
      if (error) return self->fail("no whole answer: " + error.message());
      self->answer();
    };
    if (status_only_) {
      wire::async_read_header(socket_, buffer_, parser_, std::move(end));
    } else {
      wire::async_read(socket_, buffer_, parser_, std::move(end));
    }
  }

  void answer() {
    ClientAnswer answer;
    auto& message = parser_.get();
    answer.status = message.result_int();
    for (const auto& field : message)
      answer.headers.add(std::string{field.name_string()}, std::string{field.value()});
    answer.body = std::move(message.body());
    finish(answer);
  }

  void fail(std::string why) {
    ClientAnswer answer;
    answer.failure = std::move(why);
    finish(answer);
  }

  void finish(const ClientAnswer& answer) {
    const auto done = std::exchange(done_, nullptr);
    close();
    if (done) done(answer);
  }

  tcp::resolver resolver_;
  tcp::socket socket_;
  Client::Done done_;
  std::string request_;
  bool status_only_ = false;
  beast::flat_buffer buffer_;
  wire::response_parser<wire::string_body> parser_;
  Loop::Timer limit_;
};

class TcpCall final : public Client::Call {
 public:
  explicit TcpCall(std::shared_ptr<Sending> sending) : sending_{std::move(sending)} {}
  ~TcpCall() override { sending_->close(); }
  TcpCall(const TcpCall&) = delete;
  TcpCall& operator=(const TcpCall&) = delete;

 private:
  std::shared_ptr<Sending> sending_;  // shared with queued handlers
};

class TcpClient final : public Client {
 public:
  explicit TcpClient(AsioLoop& loop) : loop_{loop} {}

  std::unique_ptr<Call> send(ClientRequest request, Done done) override {
    auto sending = std::make_shared<Sending>(loop_, std::move(done));
    sending->start(loop_, std::move(request));
    return std::make_unique<TcpCall>(std::move(sending));
  }

 private:
  AsioLoop& loop_;
};

}  // namespace

std::unique_ptr<Client> make_client(AsioLoop& loop) {
  return std::make_unique<TcpClient>(loop);
}

}  // namespace lmi::emulator::http
