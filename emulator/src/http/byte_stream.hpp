#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace lmi::emulator::http {

/// Told on the loop thread, never from inside a call into the stream, and never after close().
class ByteStreamEvents {
 public:
  /// The read ended: `bytes` arrived (more than 0).
  virtual void on_read(std::size_t bytes) = 0;
  /// The peer will send no more, in order (FIN). It may still read.
  virtual void on_end_of_stream() = 0;
  /// The connection is broken, for reading and writing.
  virtual void on_broken() = 0;
  virtual void on_written() = 0;

 protected:
  ~ByteStreamEvents() = default;
};

/// One connection as the session sees it: reads and writes of bytes. Keeps sockets out of session.cpp.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Starts the one outstanding read. `into` stays valid until the read ended or close().
  virtual void read(std::span<char> into) = 0;
  /// Starts the one outstanding write of `head` and then `body`, in one system call where possible.
  virtual void write(std::string head, std::string body) = 0;
  /// Says to the peer that nothing more comes; reading goes on.
  virtual void finish_sending() = 0;
  /// Closes at once. No event comes any more.
  virtual void close() = 0;
};

}  // namespace lmi::emulator::http
