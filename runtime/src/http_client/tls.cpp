#include "http_client/tls.hpp"

#include "lmi/error.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <limits>
#include <mutex>

namespace lmi::http_client {
namespace {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using ChannelPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using MethodPtr = std::unique_ptr<BIO_METHOD, Freed<BIO_meth_free>>;

/// A TLS 1.3 server sends two tickets a connection, each good for one; more than a burst of reconnects needs
/// none.
constexpr std::size_t kept_sessions = 16;

[[noreturn]] void bad_authority(const std::string& what) {
  throw Error{.type = "InvalidHttpTls", .message = what};
}

/// The reason OpenSSL gives for the last failure on this thread; forgets it.
std::string library_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE.
int bio_write(BIO* bio, const char* bytes, int size) {
  const auto& socket = *static_cast<const Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto [status, moved] = socket.write({bytes, static_cast<std::size_t>(size)}, {});
  if (status == IoStatus::want_write) BIO_set_retry_write(bio);
  return status == IoStatus::done ? static_cast<int>(moved) : -1;
}

int bio_read(BIO* bio, char* space, int size) {
  const auto& socket = *static_cast<const Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto [status, moved] = socket.read({space, static_cast<std::size_t>(size)});
  if (status == IoStatus::want_read) BIO_set_retry_read(bio);
  if (status == IoStatus::closed) return 0;
  return status == IoStatus::done ? static_cast<int>(moved) : -1;
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return 0;
  (void)bio;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socket_method() {
  static const MethodPtr method = [] {
    MethodPtr made{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lmi socket")};
    BIO_meth_set_write(made.get(), bio_write);
    BIO_meth_set_read(made.get(), bio_read);
    BIO_meth_set_ctrl(made.get(), bio_control);
    return made;
  }();
  return method.get();
}

/// Where distributions keep the authorities they trust. A statically linked OpenSSL looks only where the
/// system it was built on has them.
constexpr std::array system_authorities{
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",    // Amazon Linux, Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",              // SUSE
    "/etc/ssl/cert.pem",                   // Alpine, BSDs
};

void trust_system(SSL_CTX* context) {
  const bool told = ::getenv(X509_get_default_cert_file_env()) != nullptr ||  // NOLINT(concurrency-mt-unsafe)
                    ::getenv(X509_get_default_cert_dir_env()) != nullptr;     // NOLINT(concurrency-mt-unsafe)
  for (const char* file : system_authorities)
    if (!told && ::access(file, R_OK) == 0 && SSL_CTX_load_verify_file(context, file) == 1) return;
  SSL_CTX_set_default_verify_paths(context);
}

void trust_text(SSL_CTX* context, const std::string& pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    bad_authority("ca_pem: too long");
  const BioPtr bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  unsigned certificates = 0;
  while (const CertificatePtr certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    ++certificates;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) {
      bad_authority("ca_pem: " + library_reason());
    }
  }
  ERR_clear_error();  // the end of the text is reported as an error
  if (certificates == 0) bad_authority("ca_pem holds no certificate");
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

int sessions_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

struct TlsSessions::Store {
  std::mutex mutex;
  std::deque<SessionPtr> sessions;

  void put(SessionPtr session) {
    const std::lock_guard lock{mutex};
    sessions.push_back(std::move(session));
    if (sessions.size() > kept_sessions) sessions.pop_front();
  }

  /// The newest. Each ticket is used once (RFC 8446 §C.4), except in TLS 1.2, where it is the only one.
  SessionPtr take() {
    const std::lock_guard lock{mutex};
    while (!sessions.empty()) {
      SessionPtr session = std::move(sessions.back());
      sessions.pop_back();
      if (SSL_SESSION_is_resumable(session.get()) != 1) continue;
      if (SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION) {
        SSL_SESSION_up_ref(session.get());
        sessions.emplace_back(session.get());
      }
      return session;
    }
    return nullptr;
  }
};

TlsSessions::TlsSessions() : store_{std::make_unique<Store>()} {}
TlsSessions::~TlsSessions() = default;

struct TlsContext::Parts {
  explicit Parts(ContextPtr made) : context{std::move(made)} {}

  ContextPtr context;
  bool trusts_system = false;
  std::once_flag system_loaded{};

  /// The system's authorities are some hundred certificates, tens of milliseconds: read for the first
  /// connection, on the thread that opens it.
  SSL_CTX* ready() {
    if (trusts_system) std::call_once(system_loaded, [this] { trust_system(context.get()); });
    return context.get();
  }
};

TlsContext::TlsContext(const HttpTls& options)
    : parts_{std::make_unique<Parts>(ContextPtr{SSL_CTX_new(TLS_client_method())})} {
  SSL_CTX* context = parts_->context.get();
  if (context == nullptr) bad_authority("OpenSSL: " + library_reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context, http_1_1.data(), static_cast<unsigned>(http_1_1.size()));

  SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  parts_->trusts_system = options.ca_file.empty() && options.ca_pem.empty() && options.verify;
  if (!options.ca_file.empty() && SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1) {
    bad_authority("ca_file " + options.ca_file + ": " + library_reason());
  }
  if (!options.ca_pem.empty()) trust_text(context, options.ca_pem);

  // OpenSSL's own store is for servers; a client's has to know which origin a session belongs to.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, [](SSL* channel, SSL_SESSION* session) {
    static_cast<TlsSessions::Store*>(SSL_get_ex_data(channel, sessions_index()))->put(SessionPtr{session});
    return 1;  // the reference is ours now
  });
}
TlsContext::~TlsContext() = default;

struct TlsChannel::Parts {
  ChannelPtr channel;
  std::string problem;
  bool broken = false;  ///< Nothing more can be said to the peer.

  IoResult result(int returned);
  std::string reason() const;
};

TlsChannel::TlsChannel(TlsContext& context, TlsSessions& sessions, const Socket& socket, const Origin& origin)
    : parts_{std::make_unique<Parts>(Parts{ChannelPtr{SSL_new(context.parts_->ready())}, {}})} {
  SSL* channel = parts_->channel.get();
  BIO* bio = BIO_new(socket_method());
  if (channel == nullptr || bio == nullptr) throw std::bad_alloc{};
  BIO_set_data(bio, const_cast<Socket*>(&socket));  // bio_read and bio_write give the const back
  BIO_set_init(bio, 1);
  SSL_set_bio(channel, bio, bio);
  SSL_set_ex_data(channel, sessions_index(), sessions.store_.get());
  if (is_address(origin.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(channel), origin.host.c_str());
  } else {
    SSL_set1_host(channel, origin.host.c_str());
    SSL_set_hostflags(channel, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set_tlsext_host_name(channel, origin.host.c_str());
  }
  if (const SessionPtr session = sessions.store_->take()) SSL_set_session(channel, session.get());
  SSL_set_connect_state(channel);
}

TlsChannel::~TlsChannel() {
  ERR_clear_error();
  if (!parts_->broken && SSL_is_init_finished(parts_->channel.get()) == 1) {
    // Tells the peer, and OpenSSL that the session is still good. Once: nobody waits for the peer's farewell.
    SSL_shutdown(parts_->channel.get());
    ERR_clear_error();
  }
}

IoResult TlsChannel::Parts::result(int returned) {
  switch (SSL_get_error(channel.get(), returned)) {
    case SSL_ERROR_NONE: return {IoStatus::done, static_cast<std::size_t>(returned)};
    case SSL_ERROR_WANT_READ: return {IoStatus::want_read};
    case SSL_ERROR_WANT_WRITE: return {IoStatus::want_write};
    case SSL_ERROR_ZERO_RETURN: return {IoStatus::closed};
    case SSL_ERROR_SYSCALL:
      // The transport ended, which says nothing against the session. Without this OpenSSL would never resume
      // it.
      SSL_set_shutdown(channel.get(), SSL_SENT_SHUTDOWN);
      break;
    default: break;
  }
  problem = reason();
  broken = true;
  return {IoStatus::failed};
}

std::string TlsChannel::Parts::reason() const {
  const int system_error = errno;
  const auto code = ERR_peek_error();
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    ERR_clear_error();
    return std::string{"certificate verify failed: "} +
           X509_verify_cert_error_string(SSL_get_verify_result(channel.get()));
  }
  if (code == 0) return system_error != 0 ? system_text(system_error) : "the peer closed the connection";
  return library_reason();
}

// OpenSSL keeps a queue of errors for each thread; what another channel left there would be taken for ours.
IoResult TlsChannel::handshake() {
  ERR_clear_error();
  errno = 0;
  return parts_->result(SSL_do_handshake(parts_->channel.get()));
}

IoResult TlsChannel::write(std::string_view bytes) {
  ERR_clear_error();
  errno = 0;
  const auto size =
      std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return parts_->result(SSL_write(parts_->channel.get(), bytes.data(), static_cast<int>(size)));
}

IoResult TlsChannel::read(std::span<char> space) {
  ERR_clear_error();
  errno = 0;
  const auto size =
      std::min<std::size_t>(space.size(), static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return parts_->result(SSL_read(parts_->channel.get(), space.data(), static_cast<int>(size)));
}

bool TlsChannel::quiet() {
  char byte = 0;
  return read({&byte, 1}).status == IoStatus::want_read;
}

bool TlsChannel::resumed() const noexcept {
  return SSL_session_reused(parts_->channel.get()) == 1;
}

const std::string& TlsChannel::problem() const noexcept {
  return parts_->problem;
}

}  // namespace lmi::http_client
