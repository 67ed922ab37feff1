#pragma once

#include "http_client/socket.hpp"
#include "http_client/url.hpp"
#include "lmi/http_client.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lmi::http_client {

/// Sessions of one origin that its next connections may resume.
///
/// Threads: any.
class TlsSessions {
 public:
  TlsSessions();
  ~TlsSessions();
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;

 private:
  friend class TlsContext;
  friend class TlsChannel;
  struct Store;
  std::unique_ptr<Store> store_;
};

/// What all TLS connections of a client share: whom to trust, versions, ALPN.
///
/// Threads: any, once constructed.
class TlsContext {
 public:
  /// Throws lmi::Error when an authority cannot be read.
  explicit TlsContext(const HttpTls& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsChannel;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// One TLS connection over a socket that somebody else owns. Never waits, never raises SIGPIPE.
///
/// Threads:  one at a time.
/// Lifetime: socket, context and sessions outlive it.
class TlsChannel {
 public:
  TlsChannel(TlsContext& context, TlsSessions& sessions, const Socket& socket, const Origin& origin);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  /// Again until it is done or failed.
  IoResult handshake();
  /// After want_…, again with the same or more bytes.
  IoResult write(std::string_view bytes);
  IoResult read(std::span<char> space);

  /// As Socket::quiet(), for what comes encrypted: session tickets are taken in.
  [[nodiscard]] bool quiet();

  /// Whether the handshake was an abbreviated one.
  [[nodiscard]] bool resumed() const noexcept;

  /// Why the last operation failed.
  [[nodiscard]] const std::string& problem() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::http_client
