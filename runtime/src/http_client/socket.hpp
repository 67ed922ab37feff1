#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lmi::http_client {

/// What came of an operation that does not wait.
enum class IoStatus {
  done,        ///< `bytes` were moved.
  want_read,   ///< Try again once the socket is readable.
  want_write,  ///< … writable.
  closed,      ///< The peer has closed its side in good order. Reading only.
  failed,      ///< The connection is of no use any more.
};

struct IoResult {
  IoStatus status = IoStatus::failed;
  std::size_t bytes = 0;
};

/// The errno of a failed system call as text.
std::string system_text(int error);

/// A non-blocking TCP socket. Owns its descriptor.
class Socket {
 public:
  Socket() noexcept = default;
  explicit Socket(int descriptor) noexcept : descriptor_{descriptor} {}
  ~Socket();
  Socket(Socket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Writes what fits of both, in one call. Never raises SIGPIPE.
  IoResult write(std::string_view first, std::string_view second) const noexcept;
  IoResult read(std::span<char> space) const noexcept;

  /// Whether the peer is silent and still there, as far as is known here. A byte that nobody asked for is an
  /// answer nobody may read.
  [[nodiscard]] bool quiet() const noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace lmi::http_client
