#include "support/http_upstream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace lmi::test {
namespace {

constexpr std::chrono::seconds patience{60};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

UpstreamRequest parse_head(const std::string& head) {
  UpstreamRequest request;
  request.head = head;
  std::size_t at = head.find("\r\n");
  const std::string first = head.substr(0, at);
  const auto space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  for (auto next = head.find("\r\n", at + 2); next != std::string::npos; next = head.find("\r\n", at + 2)) {
    const std::string line = head.substr(at + 2, next - at - 2);
    const auto colon = line.find(": ");
    if (colon != std::string::npos) request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    at = next;
  }
  return request;
}

}  // namespace

std::string http_reply(unsigned status, const std::string& body, const std::string& extra_headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + extra_headers + "\r\n" + body;
}

struct HttpUpstream::Tls {
  explicit Tls(const ServerCertificate& certificate) : context{SSL_CTX_new(TLS_server_method())} {
    BIO* bio =
        BIO_new_mem_buf(certificate.certificate.data(), static_cast<int>(certificate.certificate.size()));
    X509* x509 = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    bio = BIO_new_mem_buf(certificate.key.data(), static_cast<int>(certificate.key.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    const bool well =
        SSL_CTX_use_certificate(context, x509) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(x509);
    EVP_PKEY_free(key);
    if (!well) throw std::runtime_error{"the server's certificate is of no use"};
    SSL_CTX_set_alpn_select_cb(
        context,
        [](SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
           unsigned in_size, void*) {
          static const unsigned char known[] = "\x08http/1.1";
          const int found =
              SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, known, 9, in, in_size);
          return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
        },
        nullptr);
  }
  ~Tls() { SSL_CTX_free(context); }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  SSL_CTX* context;
};

/// One connection, on its own thread.
class HttpUpstream::Session {
 public:
  Session(int socket, Tls* tls)
      : socket_{socket}, channel_{tls != nullptr ? SSL_new(tls->context) : nullptr} {}
  ~Session() { SSL_free(channel_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool shake_hands() {
    if (channel_ == nullptr) return true;
    SSL_set_fd(channel_, socket_);
    return SSL_accept(channel_) == 1;
  }
  [[nodiscard]] bool resumed() const { return channel_ != nullptr && SSL_session_reused(channel_) == 1; }

  void describe(UpstreamRequest& request) const {
    if (channel_ == nullptr) return;
    request.tls_resumed = resumed();
    const char* name = SSL_get_servername(channel_, TLSEXT_NAMETYPE_host_name);
    request.server_name = name != nullptr ? name : "";
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(channel_, &protocol, &size);
    request.protocol.assign(reinterpret_cast<const char*>(protocol), size);
  }

  /// Until `size` bytes are there; false: the client has gone.
  bool fill(std::size_t size) {
    char chunk[16384];
    while (buffer.size() < size) {
      const auto got = channel_ != nullptr ? SSL_read(channel_, chunk, sizeof chunk)
                                           : static_cast<int>(::recv(socket_, chunk, sizeof chunk, 0));
      if (got <= 0) return false;
      buffer.append(chunk, static_cast<std::size_t>(got));
    }
    return true;
  }

  bool send(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count =
          channel_ != nullptr
              ? SSL_write(channel_, bytes.data() + sent, static_cast<int>(bytes.size() - sent))
              : static_cast<int>(::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL));
      if (count <= 0) return false;
      sent += static_cast<std::size_t>(count);
    }
    return true;
  }

  void close(bool by_reset) {
    if (channel_ != nullptr && !by_reset) SSL_shutdown(channel_);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (by_reset) ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  void wait_for_end() {
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) > 0) {
    }
  }

  std::string buffer;

 private:
  int socket_;
  SSL* channel_;
};

HttpUpstream::HttpUpstream(Options options) : options_{std::move(options)} {
  if (options_.tls) tls_ = std::make_unique<Tls>(*options_.tls);
  start();
}

HttpUpstream::~HttpUpstream() {
  stop();
}

std::string HttpUpstream::url(const std::string& path, const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
}

void HttpUpstream::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 512) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::system_error{errno, std::generic_category(), "listening"};
  }
  if (port_ == 0) port_ = ntohs(address.sin_port);  // from then on callers read it
}

void HttpUpstream::start() {
  listen();
  {
    const std::lock_guard lock{mutex_};
    stopping_ = false;
  }
  acceptor_ = std::thread{[this] { accept_all(); }};
}

void HttpUpstream::stop() {
  if (!acceptor_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  drop_connections();
  std::vector<std::thread> ended;
  {
    const std::lock_guard lock{mutex_};
    ended.swap(sessions_);
  }
  for (auto& session : ended) session.join();
}

void HttpUpstream::drop_connections() {
  const std::lock_guard lock{mutex_};
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

void HttpUpstream::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock{mutex_};
    if (socket < 0 || stopping_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    const unsigned number = ++accepted_;
    sockets_.push_back(socket);
    sessions_.emplace_back([this, socket, number] {
      serve(socket, number);
      const std::lock_guard ending{mutex_};
      std::erase(sockets_, socket);
      ::close(socket);
      changed_.notify_all();
    });
  }
}

void HttpUpstream::serve(int socket, unsigned number) {
  // OpenSSL writes with write(2). The signal is blocked on this thread only: the client under test is not
  // spared.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  Session session{socket, tls_.get()};
  if (options_.silent_handshake) {
    session.send(options_.greeting);
    return session.wait_for_end();
  }
  if (!session.shake_hands()) return;
  if (session.resumed()) ++resumed_;
  for (unsigned nth = 1;; ++nth) {
    std::size_t end = std::string::npos;
    while ((end = session.buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!session.fill(session.buffer.size() + 1)) return;
    }
    auto request = parse_head(session.buffer.substr(0, end + 4));
    request.connection = number;
    request.nth = nth;
    session.describe(request);
    session.buffer.erase(0, end + 4);
    if (request.headers.count("expect") != 0) {
      if (!session.send(options_.on_expect)) return;
      if (!options_.on_expect.empty() && options_.on_expect.find("HTTP/1.1 1") == std::string::npos) {
        count_request();
        return session.close(false);
      }
    }
    const auto length =
        request.headers.count("content-length") != 0 ? std::stoul(request.headers["content-length"]) : 0;
    if (!session.fill(length)) return;
    request.body = session.buffer.substr(0, length);
    session.buffer.erase(0, length);
    count_request();
    const auto reply = options_.script(request);
    if (!session.send(reply.bytes)) return;
    if (reply.then_silence) return session.wait_for_end();
    if (reply.then_cut) return;
    if (reply.then_close || reply.then_reset) return session.close(reply.then_reset);
  }
}

void HttpUpstream::count_request() {
  const std::lock_guard lock{mutex_};
  ++requested_;
  changed_.notify_all();
}

bool HttpUpstream::wait_for_requests(unsigned count) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] { return requested_ >= count; });
}

bool HttpUpstream::wait_for_no_connections() {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] { return sockets_.empty(); });
}

}  // namespace lmi::test
